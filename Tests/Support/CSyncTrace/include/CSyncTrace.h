/* Preloaded into the program by tests; see synctrace.c. */
