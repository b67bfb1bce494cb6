#pragma once
#include <stdbool.h>
#include <stdint.h>

/* The whole of ncurses as this program sees it. One terminal per process; every call except
   inn_terminal_wake comes from the thread that opened it. */

typedef enum {
    INN_COLOR_AUTOMATIC = -1,
    INN_COLOR_MONO = 0,
    INN_COLOR_8 = 1,
    INN_COLOR_256 = 2,
    INN_COLOR_DIRECT = 3
} inn_color_level;

typedef struct {
    inn_color_level color;
    bool mouse;
    bool synchronized_output;
    /* The device of a terminal that another process was started on and leaves to this one; NULL for the terminal of
       this process. */
    const char *borrowed;
} inn_terminal_options;

typedef struct {
    inn_color_level color;
    /* The environment names a UTF-8 locale, installed or not. */
    bool utf8;
    /* The console of the Linux kernel, whose font has no braille. */
    bool linux_console;
    int width;
    int height;
} inn_terminal_info;

typedef enum {
    INN_OPEN_OK = 0,
    INN_OPEN_NO_TERMINAL,
    INN_OPEN_NO_TERM_VARIABLE,
    INN_OPEN_UNKNOWN_TERM,
    INN_OPEN_NO_DATABASE,
    INN_OPEN_CANNOT_POSITION,
    INN_OPEN_ALREADY_OPEN,
    INN_OPEN_NOT_READ,
    INN_OPEN_FAILED
} inn_open_result;

/* Colours are -1 for the terminal's own, else 0xRRGGBB (direct) or a palette index (256, 8). A scalar of 0 is the right
   half of the one before it, which is two columns wide; marks are drawn over the scalar, 0 is none. */
typedef struct {
    uint32_t scalar;
    uint32_t marks[2];
    int32_t foreground;
    int32_t background;
    uint32_t attributes;
} inn_cell;

enum { INN_BOLD = 1, INN_DIM = 2, INN_UNDERLINE = 4, INN_REVERSE = 8 };

typedef enum {
    INN_KEY_CHARACTER = 0, /* code is a Unicode scalar, control characters included */
    INN_KEY_UP, INN_KEY_DOWN, INN_KEY_LEFT, INN_KEY_RIGHT,
    INN_KEY_PAGE_UP, INN_KEY_PAGE_DOWN, INN_KEY_HOME, INN_KEY_END,
    INN_KEY_ENTER, INN_KEY_ESCAPE, INN_KEY_TAB, INN_KEY_BACK_TAB, INN_KEY_BACKSPACE, INN_KEY_DELETE,
    INN_KEY_F1,
    INN_MOUSE_PRESS, INN_MOUSE_RELEASE, INN_MOUSE_DRAG, INN_MOUSE_SCROLL_UP, INN_MOUSE_SCROLL_DOWN,
    INN_PASTE_CHARACTER, /* code is a Unicode scalar of a text that is being pasted */
    INN_PASTE_END,       /* the pasted text is complete, or its rest does not come */
    INN_BACKGROUND       /* code is 0xRRGGBB: the answer to inn_terminal_ask_background */
} inn_input_kind;

typedef struct {
    inn_input_kind kind;
    uint32_t code;
    int x;
    int y;
} inn_input;

/* Bits of what inn_terminal_wait found. */
enum {
    INN_READY_INPUT = 1,
    INN_READY_INTERRUPT = 2,
    INN_READY_TERMINATE = 4,
    INN_READY_HANGUP = 8,
    INN_READY_RESIZE = 16,
    INN_READY_SUSPEND = 32,
    INN_READY_CONTINUED = 64,
    INN_READY_WAKE = 128,
    INN_READY_LOG = 256
};

/* Makes every signal that ends the process give the terminal back first, and end it by that signal even where the Swift
   runtime would ask what to do; a file that grows too large or a closed pipe is an error of the write from now on. Call
   it as early as possible. */
void inn_signals_guard(void);
/* Takes the terminal: checks it, picks the colours, installs the signal handlers, enters the alternate screen. */
inn_open_result inn_terminal_open(const inn_terminal_options *options, inn_terminal_info *info);
/* Gives the terminal, the signal handlers and file descriptors 1 and 2 back. Does nothing when closed. */
void inn_terminal_close(void);
/* Ignores SIGHUP from now on; inn_terminal_close does not undo it. */
void inn_terminal_ignore_hangups(void);
/* Leaves the screen, stops the process group as Ctrl-Z does, and comes back when continued. */
void inn_terminal_suspend(void);
/* Whether drawing reaches a screen: false while in the background and after a hang-up. */
bool inn_terminal_on_screen(void);
void inn_terminal_size(int *width, int *height);
void inn_terminal_set_mouse(bool on);
/* Makes the next draw repaint every cell. */
void inn_terminal_invalidate(void);
/* Shows `height * width` row-major cells. Returns false when the frame was dropped. */
bool inn_terminal_draw(const inn_cell *cells, int width, int height);

/* Waits for something to happen; a negative timeout waits for ever. Returns INN_READY_ bits, 0 after the timeout. */
uint32_t inn_terminal_wait(int timeout_milliseconds);
/* Ends a wait that is under way or, if there is none, the next one. Callable from any thread and any signal handler. */
void inn_terminal_wake(void);
/* Asks for the colour of the terminal's background (OSC 11). Many terminals do not answer. */
void inn_terminal_ask_background(void);
/* Reads one key, mouse event or part of a pasted text that has arrived; false when there is none left. What the
   terminal answers to questions is left out. */
bool inn_terminal_read_input(inn_input *input);
/* Reads what was printed to the captured descriptors; 0 when there is none left. */
int inn_terminal_read_log(char *bytes, int capacity);
