#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char derived_name[] = "inn-derived";
/* Until newterm has read the private entry, the user's own TERMINFO waits here. */
static char *saved_terminfo;

static bool load(const char *term, int *status) {
    if (cur_term) del_curterm(cur_term);
    return setupterm(term, inn_tty, status) == OK;
}

static bool has_string(const char *capability) {
    char name[16];
    snprintf(name, sizeof name, "%s", capability);
    char *value = tigetstr(name);
    return value && value != (char *)-1 && *value;
}

static int number(const char *capability) {
    char name[16];
    snprintf(name, sizeof name, "%s", capability);
    int value = tigetnum(name);
    return value < 0 ? 0 : value;
}

/* Direct colour is declared by the extended flag RGB; some entries give bits per channel instead of a flag. */
static bool is_direct(void) {
    char name[] = "RGB";
    return number("colors") >= 1 << 24 && (tigetflag(name) > 0 || tigetnum(name) > 0 || has_string(name));
}

static bool environment_says_direct(void) {
    const char *value = getenv("COLORTERM");
    return value && (!strcmp(value, "truecolor") || !strcmp(value, "24bit"));
}

/* The name goes into a terminfo source, where commas and bars are syntax. */
static bool is_plain_name(const char *term) {
    return strlen(term) < 64
        && strspn(term, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._") == strlen(term);
}

static bool run_tic(const char *directory, const char *source) {
    char *arguments[] = {"tic", "-x", "-o", (char *)directory, (char *)source, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int descriptor = 0; descriptor < 3; descriptor++)
        posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0);
    pid_t child;
    int failure = posix_spawnp(&child, "tic", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure) return false;
    int status = -1;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info; (void)kind; (void)place;
    return remove(path);
}

/* The semicolon form is understood by every terminal that shows 24-bit colour; the colon form is not. */
static const char direct_source[] =
    "%s|derived entry for 24-bit colour,\n"
    "\tRGB, ccc@, initc@, oc@, colors#0x1000000, pairs#0x10000, op=\\E[39;49m,\n"
    "\tsetaf=\\E[%%?%%p1%%{8}%%<%%t3%%p1%%d"
    "%%e38;2;%%p1%%{65536}%%/%%d;%%p1%%{256}%%/%%{255}%%&%%d;%%p1%%{255}%%&%%d%%;m,\n"
    "\tsetab=\\E[%%?%%p1%%{8}%%<%%t4%%p1%%d"
    "%%e48;2;%%p1%%{65536}%%/%%d;%%p1%%{256}%%/%%{255}%%&%%d;%%p1%%{255}%%&%%d%%;m,\n"
    "\tuse=%s,\n";
static const char palette_source[] =
    "%s|derived entry for 256 colours,\n"
    "\tRGB@, ccc@, initc@, oc@, colors#0x100, pairs#0x7fff, op=\\E[39;49m,\n"
    "\tsetaf=\\E[38;5;%%p1%%dm, setab=\\E[48;5;%%p1%%dm,\n"
    "\tuse=%s,\n";

/* Compiles an entry that adds colours to `term` into a private directory. */
static bool derive(const char *term, bool direct, inn_terminfo *chosen) {
    if (!is_plain_name(term)) return false;
    snprintf(chosen->directory, sizeof chosen->directory, "/tmp/inn-terminfo-XXXXXX");
    if (!mkdtemp(chosen->directory)) {
        chosen->directory[0] = 0;
        return false;
    }
    char source[96];
    snprintf(source, sizeof source, "%s/source", chosen->directory);
    FILE *file = fopen(source, "we");
    bool written = false;
    if (file) {
        written = fprintf(file, direct ? direct_source : palette_source, derived_name, term) > 0;
        written = fclose(file) == 0 && written;
    }
    if (!written || !run_tic(chosen->directory, source)) {
        inn_terminfo_release(chosen);
        chosen->directory[0] = 0;
        return false;
    }
    snprintf(chosen->name, sizeof chosen->name, "%s", derived_name);
    chosen->color = direct ? INN_COLOR_DIRECT : INN_COLOR_256;
    return true;
}

static bool choose_direct(const char *term, inn_terminfo *chosen) {
    int status;
    char direct_name[80];
    snprintf(direct_name, sizeof direct_name, "%.64s-direct", term);
    bool installed = load(direct_name, &status) && is_direct();
    load(term, &status);
    if (!installed) return derive(term, true, chosen);
    snprintf(chosen->name, sizeof chosen->name, "%s", direct_name);
    chosen->color = INN_COLOR_DIRECT;
    return true;
}

inn_open_result inn_terminfo_choose(inn_color_level wanted, inn_terminfo *chosen) {
    const char *term = getenv("TERM");
    if (!term || !*term) return INN_OPEN_NO_TERM_VARIABLE;
    int status = 1;
    if (!load(term, &status)) return status < 0 ? INN_OPEN_NO_DATABASE : INN_OPEN_UNKNOWN_TERM;
    char generic[] = "gn", hardcopy[] = "hc";
    if (!has_string("cup") || tigetflag(generic) > 0 || tigetflag(hardcopy) > 0) return INN_OPEN_CANNOT_POSITION;

    chosen->directory[0] = 0;
    snprintf(chosen->name, sizeof chosen->name, "%.79s", term);
    int palette = number("colors");
    inn_color_level own = is_direct() ? INN_COLOR_DIRECT
        : palette >= 256 ? INN_COLOR_256 : palette >= 8 ? INN_COLOR_8 : INN_COLOR_MONO;
    chosen->color = own;
#if INN_EXTENDED_PAIRS
    bool direct_wanted = wanted == INN_COLOR_DIRECT || (wanted == INN_COLOR_AUTOMATIC && environment_says_direct());
    if (direct_wanted && own != INN_COLOR_DIRECT) choose_direct(term, chosen);
    if (wanted == INN_COLOR_256 && own != INN_COLOR_256) derive(term, false, chosen);
#endif
    /* In direct mode 0 to 7 stay palette indices, so that 8 colours need no other entry. */
    if (wanted != INN_COLOR_AUTOMATIC && wanted < chosen->color) {
        bool palette_only = wanted == INN_COLOR_256 && chosen->color == INN_COLOR_DIRECT;
        if (!palette_only) chosen->color = wanted;
    }
    del_curterm(cur_term);
    return INN_OPEN_OK;
}

void inn_terminfo_use(const inn_terminfo *chosen) {
    if (!chosen->directory[0]) return;
    const char *own = getenv("TERMINFO");
    saved_terminfo = own ? strdup(own) : NULL;
    setenv("TERMINFO", chosen->directory, 1);
}

void inn_terminfo_release(const inn_terminfo *chosen) {
    if (!chosen->directory[0]) return;
    const char *current = getenv("TERMINFO");
    if (current && !strcmp(current, chosen->directory)) {
        if (saved_terminfo) setenv("TERMINFO", saved_terminfo, 1);
        else unsetenv("TERMINFO");
        free(saved_terminfo);
        saved_terminfo = NULL;
    }
    nftw(chosen->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
