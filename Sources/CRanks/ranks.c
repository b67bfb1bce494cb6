#include "include/ranks.h"

#include <dlfcn.h>
#include <stdio.h>

int inn_join_ranks(const char *plugIn, inn_ranks *ranks, char *problem, size_t size) {
    // Open MPI has plug-ins of its own, which look its symbols up among the global ones.
    void *library = dlopen(plugIn, RTLD_NOW | RTLD_GLOBAL);
    if (!library) return snprintf(problem, size, "%s", dlerror()), 1;
    inn_ranks_entry *entry;
    *(void **)&entry = dlsym(library, "inn_ranks_join");
    if (!entry) return snprintf(problem, size, "it is no plug-in of this program"), 1;
    return entry(INN_RANKS_VERSION, ranks, problem, size);
}
