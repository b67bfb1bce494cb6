#include "internal.h"
#include <stdlib.h>
#include <string.h>

/* A pad, because reading from a window refreshes it first and would show half a frame. */
static WINDOW *pad;

typedef struct {
    int status; /* OK, KEY_CODE_YES or ERR, as wget_wch returns */
    wint_t value;
} stroke;

static stroke pushed_back[2];
static int pushed_back_count;
/* Digits and semicolons of an SGR mouse report, which may arrive in pieces. */
static char report[32];
static int report_length = -1;

enum { CODE_MOUSE_REPORT = KEY_MAX + 1, ESCAPE = 27, LONGEST_SEQUENCE = 32 };

void inn_input_open(void) {
    pad = newpad(1, 1);
    pushed_back_count = 0;
    report_length = -1;
    if (!pad) return;
    keypad(pad, TRUE);
    nodelay(pad, TRUE);
    /* Every terminal that knows mode 1006 sends this, whatever its terminfo entry says of kmous. */
    define_key("\033[<", CODE_MOUSE_REPORT);
}

/* Leaving the screen took the keypad out of the mode in which its keys send what the terminfo entry lists. */
void inn_input_resume(void) {
    if (!pad) return;
    keypad(pad, FALSE);
    keypad(pad, TRUE);
}

void inn_input_close(void) {
    if (pad) delwin(pad);
    pad = NULL;
}

static stroke next_stroke(void) {
    if (pushed_back_count > 0) return pushed_back[--pushed_back_count];
    stroke next = {ERR, 0};
    if (pad) next.status = wget_wch(pad, &next.value);
    return next;
}

static void push_back(stroke one) {
    if (one.status != ERR) pushed_back[pushed_back_count++] = one;
}

static bool of_kind(inn_input *input, inn_input_kind kind) {
    input->kind = kind;
    return true;
}

static bool from_key_code(wint_t code, inn_input *input) {
    static const struct { wint_t code; inn_input_kind kind; } known[] = {
        {KEY_UP, INN_KEY_UP}, {KEY_DOWN, INN_KEY_DOWN}, {KEY_LEFT, INN_KEY_LEFT}, {KEY_RIGHT, INN_KEY_RIGHT},
        {KEY_SR, INN_KEY_UP}, {KEY_SF, INN_KEY_DOWN}, {KEY_SLEFT, INN_KEY_LEFT}, {KEY_SRIGHT, INN_KEY_RIGHT},
        {KEY_PPAGE, INN_KEY_PAGE_UP}, {KEY_NPAGE, INN_KEY_PAGE_DOWN}, {KEY_HOME, INN_KEY_HOME},
        {KEY_END, INN_KEY_END}, {KEY_ENTER, INN_KEY_ENTER}, {KEY_BTAB, INN_KEY_BACK_TAB},
        {KEY_BACKSPACE, INN_KEY_BACKSPACE}, {KEY_DC, INN_KEY_DELETE},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code) return of_kind(input, known[i].kind);
    return false;
}

/* Keys in the form that the terminfo entry does not list: `body` lies between ESC [ (or ESC O) and `final`. */
static bool from_sequence(const char *body, char final, inn_input *input) {
    static const struct { char final; inn_input_kind kind; } letters[] = {
        {'A', INN_KEY_UP}, {'B', INN_KEY_DOWN}, {'C', INN_KEY_RIGHT}, {'D', INN_KEY_LEFT},
        {'H', INN_KEY_HOME}, {'F', INN_KEY_END}, {'Z', INN_KEY_BACK_TAB}, {'M', INN_KEY_ENTER},
    };
    static const struct { int number; inn_input_kind kind; } numbers[] = {
        {1, INN_KEY_HOME}, {7, INN_KEY_HOME}, {4, INN_KEY_END}, {8, INN_KEY_END},
        {3, INN_KEY_DELETE}, {5, INN_KEY_PAGE_UP}, {6, INN_KEY_PAGE_DOWN},
    };
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].final == final) return of_kind(input, letters[i].kind);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (final == '~' && numbers[i].number == atoi(body)) return of_kind(input, numbers[i].kind);
    return false;
}

/* What follows an ESC that ncurses did not recognise: a lone Escape, or a sequence to understand or swallow. */
static bool after_escape(inn_input *input) {
    stroke next = next_stroke();
    bool introduces = next.status == OK && (next.value == '[' || next.value == 'O');
    stroke first = introduces ? next_stroke() : (stroke){ERR, 0};
    if (!introduces || first.status == ERR) {
        push_back(next);
        return of_kind(input, INN_KEY_ESCAPE);
    }
    char body[LONGEST_SEQUENCE] = "";
    int length = 0;
    for (stroke one = first; one.status == OK && length < LONGEST_SEQUENCE - 1; one = next_stroke()) {
        if (one.value >= 0x40 && one.value <= 0x7e) return from_sequence(body, (char)one.value, input);
        body[length++] = (char)one.value;
        body[length] = 0;
    }
    return false;
}

static bool from_report(char final, inn_input *input) {
    int button, x, y;
    report[report_length] = 0;
    report_length = -1;
    if (sscanf(report, "%d;%d;%d", &button, &x, &y) != 3 || x < 1 || y < 1) return false;
    enum { SHIFT_META_CONTROL = 4 | 8 | 16, MOTION = 32, WHEEL = 64 };
    button &= ~SHIFT_META_CONTROL;
    input->x = x - 1;
    input->y = y - 1;
    if (button == WHEEL) return of_kind(input, INN_MOUSE_SCROLL_UP);
    if (button == WHEEL + 1) return of_kind(input, INN_MOUSE_SCROLL_DOWN);
    if (button == MOTION) return of_kind(input, INN_MOUSE_DRAG);
    /* The other buttons paste and open menus in most terminals. */
    if (button != 0) return false;
    return of_kind(input, final == 'M' ? INN_MOUSE_PRESS : INN_MOUSE_RELEASE);
}

static bool continue_report(stroke one, inn_input *input) {
    bool part = one.status == OK && (one.value == ';' || (one.value >= '0' && one.value <= '9'));
    if (part && report_length < (int)sizeof report - 1) {
        report[report_length++] = (char)one.value;
        return false;
    }
    if (one.status == OK && (one.value == 'M' || one.value == 'm')) return from_report((char)one.value, input);
    report_length = -1;
    push_back(one);
    return false;
}

static bool from_character(wint_t value, inn_input *input) {
    switch (value) {
    case '\t': return of_kind(input, INN_KEY_TAB);
    case '\n': case '\r': return of_kind(input, INN_KEY_ENTER);
    case '\b': case 0x7f: return of_kind(input, INN_KEY_BACKSPACE);
    case ESCAPE: return after_escape(input);
    default:
        input->code = (uint32_t)value;
        return of_kind(input, INN_KEY_CHARACTER);
    }
}

bool inn_terminal_read_input(inn_input *input) {
    for (;;) {
        memset(input, 0, sizeof *input);
        stroke one = next_stroke();
        if (one.status == ERR) return false;
        bool understood;
        if (report_length >= 0) {
            understood = continue_report(one, input);
        } else if (one.status == KEY_CODE_YES && one.value == CODE_MOUSE_REPORT) {
            report_length = 0;
            understood = false;
        } else {
            understood =
                one.status == KEY_CODE_YES ? from_key_code(one.value, input) : from_character(one.value, input);
        }
        if (understood) return true;
    }
}
