#pragma once
#include <stdbool.h>
#include <sys/types.h>

typedef struct {
    /* The keyboard's and screen's side of the new terminal. */
    int keyboard;
    /* The program's side, kept open so that the modes can be read when the program has ended. */
    int line;
    pid_t process;
} pty_child;

typedef struct {
    unsigned short width, height;
    /* Without, the program has no terminal at all. */
    bool controlling;
    /* Becomes file descriptor 3 of the program. */
    int report;
} pty_options;

/* The terminal's end that a program writes to, opened anew: never waits, and shares no flags with the program. */
int pty_open_again(int keyboard);

/* Starts a program as the leader of a session on a new terminal; returns 0 or an errno. */
int pty_start(const char *path, char *const arguments[], char *const environment[], pty_options options,
    pty_child *child);
void pty_resize(int keyboard, unsigned short width, unsigned short height);
