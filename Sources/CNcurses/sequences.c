#include "internal.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What complete key codes, escape sequences and mouse reports mean. */

static bool of_kind(inn_input *input, inn_input_kind kind) {
    input->kind = kind;
    return true;
}

bool inn_key_of_code(wint_t code, inn_input *input) {
    static const struct { wint_t code; inn_input_kind kind; } known[] = {
        {KEY_UP, INN_KEY_UP}, {KEY_DOWN, INN_KEY_DOWN}, {KEY_LEFT, INN_KEY_LEFT}, {KEY_RIGHT, INN_KEY_RIGHT},
        {KEY_SR, INN_KEY_UP}, {KEY_SF, INN_KEY_DOWN}, {KEY_SLEFT, INN_KEY_LEFT}, {KEY_SRIGHT, INN_KEY_RIGHT},
        {KEY_PPAGE, INN_KEY_PAGE_UP}, {KEY_NPAGE, INN_KEY_PAGE_DOWN}, {KEY_HOME, INN_KEY_HOME},
        {KEY_END, INN_KEY_END}, {KEY_ENTER, INN_KEY_ENTER}, {KEY_BTAB, INN_KEY_BACK_TAB},
        {KEY_BACKSPACE, INN_KEY_BACKSPACE}, {KEY_DC, INN_KEY_DELETE},
        {KEY_F(1), INN_KEY_F1},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code) return of_kind(input, known[i].kind);
    return false;
}

/* Whether the body has parameters alone: `?`, `>`, `=` and the signs before the final byte belong to answers. */
static bool is_of_key(const char *body) { return strspn(body, "0123456789;:") == strlen(body); }

bool inn_key_of_sequence(char introducer, const char *body, char final, inn_input *input) {
    static const struct { char final; inn_input_kind kind; } letters[] = {
        {'A', INN_KEY_UP}, {'B', INN_KEY_DOWN}, {'C', INN_KEY_RIGHT}, {'D', INN_KEY_LEFT},
        {'H', INN_KEY_HOME}, {'F', INN_KEY_END}, {'Z', INN_KEY_BACK_TAB},
        {'P', INN_KEY_F1},
    };
    static const struct { int number; inn_input_kind kind; } numbers[] = {
        {1, INN_KEY_HOME}, {7, INN_KEY_HOME}, {4, INN_KEY_END}, {8, INN_KEY_END},
        {3, INN_KEY_DELETE}, {5, INN_KEY_PAGE_UP}, {6, INN_KEY_PAGE_DOWN},
        {11, INN_KEY_F1},
    };
    if (!is_of_key(body)) return false;
    if (introducer == 'O' && final == 'M') return of_kind(input, INN_KEY_ENTER);
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].final == final) return of_kind(input, letters[i].kind);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (final == '~' && numbers[i].number == atoi(body)) return of_kind(input, numbers[i].kind);
    return false;
}

bool inn_mouse_of_report(const char *body, char final, inn_input *input) {
    int button, x, y;
    if (sscanf(body, "<%d;%d;%d", &button, &x, &y) != 3 || x < 1 || y < 1) return false;
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

/* One channel of X's colour notation, of one to four hexadecimal digits, as a byte; -1 when it is none. */
static int channel(const char **text, char end) {
    char *rest;
    if (!strchr("0123456789abcdefABCDEF", **text) || !**text) return -1;
    unsigned long value = strtoul(*text, &rest, 16);
    ptrdiff_t digits = rest - *text;
    if (digits < 1 || digits > 4 || *rest != end) return -1;
    *text = rest + (end != 0);
    return (int)(value * 255 / ((1ul << (4 * digits)) - 1));
}

bool inn_color_of_answer(const char *body, uint32_t *color) {
    const char *start = "11;rgb";
    if (strncmp(body, start, strlen(start))) return false;
    const char *text = body + strlen(start);
    /* With an alpha channel the notation is rgba and has a fourth. */
    bool has_alpha = *text == 'a';
    text += has_alpha;
    if (*text++ != ':') return false;
    int red = channel(&text, '/'), green = red < 0 ? -1 : channel(&text, '/');
    int blue = green < 0 ? -1 : channel(&text, has_alpha ? '/' : 0);
    if (blue < 0) return false;
    *color = (uint32_t)red << 16 | (uint32_t)green << 8 | (uint32_t)blue;
    return true;
}
