#include "internal.h"
#include <string.h>
#include <time.h>
#include <wchar.h>

/* Keys, the mouse, pasted text, and the answers of the terminal, which are nobody's keys. All of them may arrive in
   pieces, so that what has begun is kept between calls. */

/* A pad, because reading from a window refreshes it first and would show half a frame. */
static WINDOW *pad;

typedef struct {
    int status; /* OK, KEY_CODE_YES or ERR */
    wint_t value;
} stroke;

/* What has arrived of a character of several bytes. */
static mbstate_t decoding;
static stroke pushed_back[4];
static int pushed_back_count;

typedef enum {
    GROUND,
    ESCAPED,       /* an ESC has arrived */
    INTRODUCED,    /* and what begins a sequence: [ O ] P _ */
    BODY,          /* parameters of a control sequence or of a key */
    STRING,        /* text of an answer, which ends with ESC \ or BEL */
    STRING_ESCAPED,
    SKIPPING       /* characters of fixed number behind a sequence */
} phase;

enum { LONGEST_BODY = 32, MOUSE_BYTES = 3 };

static struct {
    phase phase;
    char introducer;
    char body[LONGEST_BODY];
    int length;
    int skipped;
} arriving;
static bool pasting;
/* Whether the terminal was asked for its background and has not answered. */
static bool awaits_background;
/* When the first and the last stroke of something unfinished came, and when an Escape that nothing followed. */
static struct timespec first_stroke, last_stroke, lone_escape;

enum { CODE_MOUSE_REPORT = KEY_MAX + 1, BELL = 7, CANCEL = 0x18, SUBSTITUTE = 0x1a, ESCAPE = 27, STRING_END = 0x9c };
/* What stays unfinished for so long will not be finished: the key is Alt-[, the answer was cut off, or the mark at the
   end of a pasted text was lost. An answer that goes on for longer than any does is somebody who types. */
enum { PATIENCE_MILLISECONDS = 1000, ANSWER_MILLISECONDS = 3000, ESCAPE_MILLISECONDS = 500 };

/* Swallows a stroke on the way to this phase. */
static bool enter(phase next) {
    arriving.phase = next;
    return false;
}

void inn_input_open(void) {
    pad = newpad(1, 1);
    pushed_back_count = 0;
    pasting = false;
    memset(&decoding, 0, sizeof decoding);
    awaits_background = false;
    lone_escape = (struct timespec){0, 0};
    enter(GROUND);
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

/* Not with wget_wch, which loses the beginning of a character whose rest has not arrived yet. */
static stroke next_stroke(void) {
    if (pushed_back_count > 0) return pushed_back[--pushed_back_count];
    for (int value; pad && (value = wgetch(pad)) != ERR;) {
        if (value >= KEY_MIN) return (stroke){KEY_CODE_YES, (wint_t)value};
        char byte = (char)value;
        wchar_t wide = 0;
        size_t used = mbrtowc(&wide, &byte, 1, &decoding);
        if (used == (size_t)-1) {
            /* What was there of another character is broken off by this one. */
            memset(&decoding, 0, sizeof decoding);
            used = mbrtowc(&wide, &byte, 1, &decoding);
        }
        if (used == (size_t)-2) continue;
        if (used != (size_t)-1) return (stroke){OK, (wint_t)wide};
        memset(&decoding, 0, sizeof decoding);
        return (stroke){OK, (wint_t)(unsigned char)byte};
    }
    return (stroke){ERR, 0};
}

static void push_back(stroke one) {
    if (one.status != ERR) pushed_back[pushed_back_count++] = one;
}

static void push_back_character(wint_t value) { push_back((stroke){OK, value}); }

static bool is_control(stroke one) { return one.status == KEY_CODE_YES || one.value < 0x20 || one.value == 0x7f; }

static bool is_one_of(stroke one, const char *characters) {
    return one.status == OK && one.value > 0 && one.value < 0x7f && strchr(characters, (int)one.value);
}

static int milliseconds_since(struct timespec start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000);
}

static bool of_kind(inn_input *input, inn_input_kind kind) {
    input->kind = kind;
    return true;
}

static bool is_unfinished(void) { return pasting || arriving.phase != GROUND; }

int inn_input_patience(void) {
    if (!is_unfinished()) return -1;
    int left = PATIENCE_MILLISECONDS - milliseconds_since(last_stroke);
    int whole = ANSWER_MILLISECONDS - milliseconds_since(first_stroke);
    if (!pasting && whole < left) left = whole;
    return left > 0 ? left : 0;
}

/* Whether `first` can follow ESC and the introducer in what terminals send. */
static bool can_begin(char introducer, stroke first) {
    switch (introducer) {
    case '[': return first.status == OK && first.value >= 0x20 && first.value < 0x7f;
    case 'O': return first.status == OK && first.value >= 0x30 && first.value < 0x7f;
    case ']': return is_one_of(first, "0123456789lL");
    case 'P': return is_one_of(first, "0123456789>!?$+");
    default: return is_one_of(first, "G");
    }
}

static bool is_string(char introducer) { return introducer != '[' && introducer != 'O'; }

static bool begin(char introducer, const char *body) {
    arriving.phase = is_string(introducer) ? STRING : BODY;
    arriving.introducer = introducer;
    arriving.length = (int)strlen(body);
    memcpy(arriving.body, body, (size_t)arriving.length + 1);
    return false;
}

void inn_terminal_ask_background(void) {
    if (inn_state_now != INN_ON_SCREEN) return;
    static const char question[] = "\033]11;?\033\\";
    awaits_background = true;
    inn_output_add(question, sizeof question - 1);
    inn_output_send();
}

/* The text of an answer is complete; all but the one to inn_terminal_ask_background is nobody's. */
static bool finish_string(inn_input *input) {
    enter(GROUND);
    bool is_whole = arriving.length < LONGEST_BODY - 1;
    if (!awaits_background || pasting || arriving.introducer != ']' || !is_whole) return false;
    if (!inn_color_of_answer(arriving.body, &input->code)) return false;
    awaits_background = false;
    return of_kind(input, INN_BACKGROUND);
}

/* The sequence is complete: a key, the mouse, one end of a pasted text, or an answer that nobody waits for. */
static bool finish(char final, inn_input *input) {
    enter(GROUND);
    bool is_whole = arriving.length < LONGEST_BODY - 1;
    if (arriving.introducer == '[' && final == '~' && !strcmp(arriving.body, "200")) {
        pasting = true;
        return false;
    }
    if (arriving.introducer == '[' && final == '~' && !strcmp(arriving.body, "201")) {
        bool was_pasting = pasting;
        pasting = false;
        return was_pasting && of_kind(input, INN_PASTE_END);
    }
    if (pasting || !is_whole) return false;
    if (arriving.body[0] == '<') return inn_mouse_of_report(arriving.body, final, input);
    return inn_key_of_sequence(arriving.introducer, arriving.body, final, input);
}

static bool skip(int count) {
    arriving.phase = SKIPPING;
    arriving.skipped = count;
    return false;
}

/* What cannot belong to it ends a sequence and means what it means elsewhere. */
static bool break_off(stroke one) {
    enter(GROUND);
    push_back(one);
    return false;
}

static bool continue_body(stroke one, inn_input *input) {
    if (is_control(one) || one.value > 0x7e) return break_off(one);
    bool is_mouse = arriving.body[0] == '<';
    if (one.value < 0x40) {
        if (is_mouse && !is_one_of(one, "0123456789;")) return break_off(one);
        if (arriving.length < LONGEST_BODY - 1) arriving.body[arriving.length++] = (char)one.value;
        arriving.body[arriving.length] = 0;
        return false;
    }
    if (is_mouse && one.value != 'M' && one.value != 'm') return break_off(one);
    if (arriving.introducer == '[' && arriving.length == 0) {
        /* The console of Linux begins its function keys like this, the mouse of old terminals its reports. */
        if (one.value == '[') return skip(1);
        if (one.value == 'M') return skip(MOUSE_BYTES);
    }
    return finish((char)one.value, input);
}

static bool continue_string(stroke one, inn_input *input) {
    if (one.status == OK) {
        switch (one.value) {
        case ESCAPE: return enter(STRING_ESCAPED);
        case BELL: case STRING_END: return finish_string(input);
        case CANCEL: case SUBSTITUTE: return enter(GROUND);
        }
    }
    if (is_control(one)) return break_off(one);
    if (arriving.length < LONGEST_BODY - 1) {
        arriving.body[arriving.length++] = one.value < 0x7f ? (char)one.value : '?';
        arriving.body[arriving.length] = 0;
    }
    return false;
}

static bool continue_introduced(stroke one, inn_input *input) {
    char introducer = arriving.introducer;
    if (can_begin(introducer, one)) {
        begin(introducer, "");
        return is_string(introducer) ? continue_string(one, input) : continue_body(one, input);
    }
    enter(GROUND);
    push_back(one);
    push_back_character((wint_t)introducer);
    return !pasting && of_kind(input, INN_KEY_ESCAPE);
}

static bool continue_escaped(stroke one, inn_input *input) {
    if (is_one_of(one, "[O]P_")) {
        arriving.introducer = (char)one.value;
        return enter(INTRODUCED);
    }
    enter(GROUND);
    push_back(one);
    return !pasting && of_kind(input, INN_KEY_ESCAPE);
}

static bool continue_sequence(stroke one, inn_input *input) {
    switch (arriving.phase) {
    case ESCAPED: return continue_escaped(one, input);
    case INTRODUCED: return continue_introduced(one, input);
    case BODY: return continue_body(one, input);
    case STRING: return continue_string(one, input);
    case STRING_ESCAPED:
        if (one.status == OK && one.value == '\\') return finish_string(input);
        /* A new sequence: the old one was cut off. */
        push_back(one);
        return enter(ESCAPED);
    default:
        if (one.status == KEY_CODE_YES) return break_off(one);
        if (--arriving.skipped == 0) enter(GROUND);
        return false;
    }
}

/* Whether a sequence goes on whose ESC came alone, and so late before the rest that it had to be taken for the key.
   Nobody types three keys at one instant. */
static bool goes_on_after_escape(stroke one) {
    if (!is_one_of(one, "[]P") || milliseconds_since(lone_escape) > ESCAPE_MILLISECONDS) return false;
    stroke first = next_stroke(), second = next_stroke();
    push_back(second);
    push_back(first);
    return second.status == OK && is_one_of(first, "0123456789?>=!") && can_begin((char)one.value, first);
}

/* The control characters of 8 bits that stand for ESC and a letter. */
static char introducer_of(wint_t value) {
    switch (value) {
    case 0x8f: return 'O';
    case 0x90: return 'P';
    case 0x9b: return '[';
    case 0x9d: return ']';
    case 0x9f: return '_';
    default: return 0;
    }
}

static bool from_character(stroke one, inn_input *input) {
    char introducer = introducer_of(one.value);
    if (introducer) return begin(introducer, "");
    if (pasting) {
        input->code = (uint32_t)one.value;
        return of_kind(input, INN_PASTE_CHARACTER);
    }
    if (goes_on_after_escape(one)) {
        arriving.introducer = (char)one.value;
        return enter(INTRODUCED);
    }
    switch (one.value) {
    case '\t': return of_kind(input, INN_KEY_TAB);
    case '\n': case '\r': return of_kind(input, INN_KEY_ENTER);
    case '\b': case 0x7f: return of_kind(input, INN_KEY_BACKSPACE);
    default:
        input->code = (uint32_t)one.value;
        return of_kind(input, INN_KEY_CHARACTER);
    }
}

static bool understand(stroke one, inn_input *input) {
    if (arriving.phase != GROUND) return continue_sequence(one, input);
    if (one.status == OK && one.value == ESCAPE) return enter(ESCAPED);
    if (one.status == OK) return from_character(one, input);
    if (one.value == CODE_MOUSE_REPORT) return begin('[', "<");
    if (one.value == KEY_MOUSE) return skip(MOUSE_BYTES);
    /* A key's sequence inside a pasted text is no text. */
    return !pasting && inn_key_of_code(one.value, input);
}

/* Nothing more has arrived: a lone Escape is one now, and what stays unfinished is given up in time. */
static bool make_do(inn_input *input) {
    if (arriving.phase == ESCAPED && !pasting) {
        enter(GROUND);
        clock_gettime(CLOCK_MONOTONIC, &lone_escape);
        return of_kind(input, INN_KEY_ESCAPE);
    }
    if (inn_input_patience() != 0) return false;
    bool is_key = arriving.phase == INTRODUCED && !pasting;
    enter(GROUND);
    if (is_key) push_back_character((wint_t)arriving.introducer);
    bool was_pasting = pasting;
    pasting = false;
    if (was_pasting) return of_kind(input, INN_PASTE_END);
    return is_key && of_kind(input, INN_KEY_ESCAPE);
}

bool inn_terminal_read_input(inn_input *input) {
    for (;;) {
        memset(input, 0, sizeof *input);
        stroke one = next_stroke();
        if (one.status == ERR) return make_do(input);
        bool was_unfinished = is_unfinished();
        bool understood = understand(one, input);
        if (is_unfinished()) {
            clock_gettime(CLOCK_MONOTONIC, &last_stroke);
            if (!was_unfinished) first_stroke = last_stroke;
        }
        if (understood) return true;
    }
}
