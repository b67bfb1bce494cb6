#include "internal.h"
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool codeset_is_utf8(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

static const char *locale_in_environment(void) {
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *value = getenv(variables[i]);
        if (value && *value) return value;
    }
    return "C";
}

bool inn_open_locale(void) {
    const char *name = locale_in_environment();
    const char *dot = strchr(name, '.');
    bool asked = dot && (strncasecmp(dot + 1, "utf-8", 5) == 0 || strncasecmp(dot + 1, "utf8", 4) == 0);
    bool known = setlocale(LC_CTYPE, "") != NULL;
    if (known && codeset_is_utf8()) return true;
    bool plain = !strcmp(name, "C") || !strcmp(name, "POSIX");
    /* An installed locale with another character set describes the terminal; a missing one describes nothing. */
    if (known && !plain) return false;
    static const char *const fallbacks[] = {"C.UTF-8", "en_US.UTF-8", "UTF-8"};
    for (int i = 0; i < 3; i++)
        if (setlocale(LC_CTYPE, fallbacks[i])) return asked;
    return false;
}
