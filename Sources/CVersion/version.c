#include "version.h"

#include <stddef.h>

const char *inn_version_tag(void) {
#ifdef INN_VERSION_TAG
    return INN_VERSION_TAG;
#else
    return NULL;
#endif
}
