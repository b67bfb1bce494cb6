/// The plug-in through which training reaches MPI: the one file that is compiled with a cluster's own mpicc.
///
/// All operations are the non-blocking ones of MPI 3, waited for by asking: a rank that waits long sleeps between two
/// questions instead of keeping a core busy, and can be told to give up when another rank is gone.
#include "../Sources/CRanks/include/ranks.h"

#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static MPI_Comm world;
static volatile int isInterrupted;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/// Waits at first without sleeping, since most operations are short, then with naps that grow with the waiting.
static int finish(int started, MPI_Request *request) {
    if (started != MPI_SUCCESS) return started;
    const double start = seconds();
    for (unsigned asked = 0;; asked++) {
        int isDone = 0;
        const int error = MPI_Test(request, &isDone, MPI_STATUS_IGNORE);
        if (error != MPI_SUCCESS) return error;
        if (isDone) return 0;
        if (isInterrupted) return INN_RANKS_INTERRUPTED;
        const double waited = seconds() - start;
        if (waited < 0.01) {
            // Where there are more ranks than cores, the one that is waited for may need this one.
            if (asked % 16 == 15) sched_yield();
            continue;
        }
        const struct timespec nap = { 0, waited < 1 ? 50000 : waited < 10 ? 500000 : 5000000 };
        nanosleep(&nap, NULL);
    }
}

static int broadcast(void *bytes, size_t count) {
    // MPI counts in int.
    for (size_t start = 0; start < count;) {
        const size_t part = count - start < INT_MAX ? count - start : INT_MAX;
        MPI_Request request;
        const int error =
            finish(MPI_Ibcast((char *)bytes + start, (int)part, MPI_BYTE, 0, world, &request), &request);
        if (error) return error;
        start += part;
    }
    return 0;
}

static int gather(const void *bytes, void *all, size_t count) {
    MPI_Request request;
    if (count > INT_MAX) return MPI_ERR_COUNT;
    return finish(
        MPI_Igather(bytes, (int)count, MPI_BYTE, all, (int)count, MPI_BYTE, 0, world, &request), &request);
}

static int exchange(const float *own, float *all, size_t count) {
    MPI_Request request;
    if (count > INT_MAX) return MPI_ERR_COUNT;
    return finish(
        MPI_Ialltoall(own, (int)count, MPI_FLOAT, all, (int)count, MPI_FLOAT, world, &request), &request);
}

static int collect(const float *own, float *all, size_t count) {
    MPI_Request request;
    if (count > INT_MAX) return MPI_ERR_COUNT;
    return finish(
        MPI_Iallgather(own, (int)count, MPI_FLOAT, all, (int)count, MPI_FLOAT, world, &request), &request);
}

static void interrupt(void) { isInterrupted = 1; }

static void describe(int error, char *text, size_t size) {
    char phrase[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(error, phrase, &length);
    snprintf(text, size, "%s", phrase);
}

static void leave(void) { MPI_Finalize(); }

static void abortAll(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

/// The first line of what the library says of itself, which may be a page.
static void nameLibrary(inn_ranks *ranks) {
    char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    MPI_Get_library_version(text, &length);
    for (char *c = text; *c; c++)
        if (*c == '\t') *c = ' ';
    text[strcspn(text, "\n,")] = 0;
    snprintf(ranks->library, sizeof ranks->library, "%.127s", text);
}

int inn_ranks_join(int version, inn_ranks *ranks, char *problem, size_t size) {
    if (version != INN_RANKS_VERSION)
        return snprintf(problem, size, "it was built for another version of the program; run make mpi again"), 1;
    int provided = 0;
    // The trainer has a thread of its own, which is not the one that starts.
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS)
        return snprintf(problem, size, "MPI could not be started"), 1;
    if (provided < MPI_THREAD_SERIALIZED)
        return snprintf(problem, size, "this MPI can be used by one thread only"), 1;
    MPI_Comm host;
    MPI_Comm_dup(MPI_COMM_WORLD, &world);
    MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN);
    MPI_Comm_rank(world, &ranks->rank);
    MPI_Comm_size(world, &ranks->size);
    MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
    MPI_Comm_size(host, &ranks->hostSize);
    MPI_Comm_free(&host);
    nameLibrary(ranks);
    ranks->broadcast = broadcast;
    ranks->gather = gather;
    ranks->exchange = exchange;
    ranks->collect = collect;
    ranks->interrupt = interrupt;
    ranks->describe = describe;
    ranks->leave = leave;
    ranks->abort = abortAll;
    return 0;
}
