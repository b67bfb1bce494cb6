#ifndef INN_RANKS_H
#define INN_RANKS_H

#include <stddef.h>

/// The version of this interface; a plug-in that was built for another is refused.
#define INN_RANKS_VERSION 1

/// What a waiting operation returns after `interrupt`.
#define INN_RANKS_INTERRUPTED (-1)

/// The operations of MPI that training needs, as the plug-in offers them (`make mpi` builds it from mpi/inn_mpi.c).
/// Operations return 0, an error of MPI or INN_RANKS_INTERRUPTED. One thread at a time calls them, except `interrupt`.
typedef struct inn_ranks {
    int rank, size;
    /// Ranks on this computer.
    int hostSize;
    /// The MPI library and its version.
    char library[128];
    /// Overwrites the bytes of all ranks with those of rank 0.
    int (*broadcast)(void *bytes, size_t count);
    /// `all` holds size * count bytes at rank 0 and may be NULL at the others.
    int (*gather)(const void *bytes, void *all, size_t count);
    /// Sends the r-th `count` floats to rank r, and receives those of rank r at the r-th place.
    int (*exchange)(const float *own, float *all, size_t count);
    /// Puts the floats of all ranks side by side.
    int (*collect)(const float *own, float *all, size_t count);
    /// Makes operations that wait return, now and from now on; from any thread.
    void (*interrupt)(void);
    /// Describes an error in a phrase.
    void (*describe)(int error, char *text, size_t size);
    void (*leave)(void);
    void (*abort)(int code);
} inn_ranks;

/// Loads a plug-in and meets the other ranks.
///
/// @param problem  receives a phrase about what went wrong.
/// @return 0 when all went well.
int inn_join_ranks(const char *plugIn, inn_ranks *ranks, char *problem, size_t size);

/// What the plug-in exports.
typedef int inn_ranks_entry(int version, inn_ranks *ranks, char *problem, size_t size);

#endif
