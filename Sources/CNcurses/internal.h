#pragma once
#include "CNcurses.h"
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <termios.h>
#include <ncurses.h>
#include <term.h>
/* term.h defines short lower-case macros that clash with ordinary names. */
#undef columns
#undef lines
#undef buttons

#if defined(NCURSES_EXT_COLORS) && NCURSES_EXT_COLORS && NCURSES_VERSION_PATCH >= 20170401
#define INN_EXTENDED_PAIRS 1
#else
#define INN_EXTENDED_PAIRS 0
#endif

typedef enum { INN_CLOSED, INN_ON_SCREEN, INN_SUSPENDED, INN_GONE } inn_state;

/* What signal handlers read; everything is set before the handlers that use it are installed. */
extern volatile sig_atomic_t inn_state_now;
extern int inn_tty;
extern struct termios inn_original_termios;

/* terminfo.c: the entry to give to newterm, and the colour level it has. */
typedef struct {
    char name[80];
    /* Directory with a private entry, or "" when the system's own is used. */
    char directory[64];
    inn_color_level color;
} inn_terminfo;
inn_open_result inn_terminfo_choose(inn_color_level wanted, inn_terminfo *chosen);
void inn_terminfo_use(const inn_terminfo *chosen);
void inn_terminfo_release(const inn_terminfo *chosen);

/* locale.c: only the character type, numbers keep the decimal point of the C locale. Returns whether the user asked for
   UTF-8. */
bool inn_open_locale(void);

/* pairs.c */
void inn_pairs_open(inn_color_level level);
void inn_pairs_close(void);
/* The pair for the colours, or -1 when all are taken and `nearest` is not wanted. */
int inn_pairs_find(int32_t foreground, int32_t background, bool nearest);
/* Frees every pair; what is on the screen has to be painted anew. */
void inn_pairs_forget(void);
bool inn_pairs_full(void);

/* screen.c */
bool inn_in_foreground(void);
/* Takes the screen again if the process is in the foreground; returns whether it has it. */
bool inn_screen_resume(void);
/* What SIGCONT asks for: inn_screen_resume, unless that has just been done. */
bool inn_screen_continue(void);
void inn_screen_follow_size(void);

/* events.c */
void inn_events_open(void);

/* input.c */
void inn_input_open(void);
void inn_input_resume(void);
void inn_input_close(void);
/* Milliseconds until what has begun to arrive is given up; -1 when nothing has. */
int inn_input_patience(void);

/* sequences.c: what a complete one means; false when it means nothing here. */
bool inn_key_of_code(wint_t code, inn_input *input);
/* `body` lies between ESC [ (or ESC O) and `final`: keys in the form that the terminfo entry does not list. */
bool inn_key_of_sequence(char introducer, const char *body, char final, inn_input *input);
/* `body` begins with the `<` of a report in mode 1006. */
bool inn_mouse_of_report(const char *body, char final, inn_input *input);
/* `body` is the text of an answer to OSC 11, such as 11;rgb:1e1e/1e1e/2e2e; puts 0xRRGGBB into `color`. */
bool inn_color_of_answer(const char *body, uint32_t *color);

/* signals.c */
bool inn_signals_open(void);
void inn_signals_close(void);
int inn_signals_descriptor(void);
/* INN_READY_ bits of the signals since the last call. */
uint32_t inn_signals_take(void);
/* Makes the next inn_signals_take return these bits as well. */
void inn_signals_post(uint32_t ready);

/* endings.c */
void inn_endings_set_restore(const char *bytes, size_t count);
/* Async-signal-safe: gives the terminal back and ends the process by this signal. */
void inn_end_by(int number);

/* output.c */
/* Makes the queue that takes what is drawn. */
bool inn_output_open(void);
void inn_output_close(void);
/* Leads a descriptor that ncurses writes to into the queue. */
void inn_output_take(int descriptor);
void inn_output_add(const char *bytes, size_t count);
/* Sends what the terminal takes now; returns whether that was all. */
bool inn_output_send(void);
/* Whether something is left to be sent. */
bool inn_output_waits(void);
void inn_output_drop(void);
/* Sends the whole queue now, as inn_output_now does. */
void inn_output_finish(void);
/* Async-signal-safe: makes the terminal take these bytes at once, if need be in place of what nobody has read yet. */
void inn_output_now(const char *bytes, size_t count);

/* capture.c */
void inn_capture_open(void);
void inn_capture_close(void);
int inn_capture_descriptor(void);
/* Async-signal-safe: puts descriptors 1 and 2 back and passes on what was printed meanwhile, as far as it is taken
   within this time. */
void inn_capture_spill(int patience_milliseconds);

/* borrowed.c */
extern bool inn_is_borrowed;
/* Opens the terminal of another process and keeps its modes in inn_original_termios; -1 where that cannot be. */
int inn_borrow(const char *device, int flags);
/* From now on the terminal is given back also when this process is killed. `restore` is what it is sent. */
void inn_keeper_open(const char *restore);
/* Async-signal-safe: the terminal has been given back. */
void inn_keeper_dismiss(void);
void inn_keeper_close(void);
