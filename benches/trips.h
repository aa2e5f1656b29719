/*
 * Round trips, one after the other; the twin of Trips in load/src/measure.rs.
 */
#ifndef TRIPS_H
#define TRIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct trips {
    /* Nanoseconds; the first tenth warms up, and is left out. */
    int64_t *took;
    size_t count;
    size_t done;
    struct timespec since;
};

static inline void trips_prepare(struct trips *trips, size_t count)
{
    trips->count = count;
    trips->done = 0;
    trips->took = calloc(count, sizeof *trips->took);
    if (count == 0 || trips->took == NULL)
        abort();
}

static inline void trips_begin(struct trips *trips)
{
    clock_gettime(CLOCK_MONOTONIC, &trips->since);
}

/* Returns whether that was the last. */
static inline bool trips_end(struct trips *trips)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    trips->took[trips->done++] =
        (int64_t)(now.tv_sec - trips->since.tv_sec) * 1000000000 + (now.tv_nsec - trips->since.tv_nsec);
    return trips->done == trips->count;
}

static inline int trips_compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static inline void trips_print(const struct trips *trips)
{
    size_t warm = trips->count / 10, count = trips->count - warm;
    int64_t *took = trips->took + warm;
    qsort(took, count, sizeof *took, trips_compare);
    printf("trips=%zu p50_ns=%lld p99_ns=%lld\n", count, (long long)took[count / 2],
           (long long)took[count * 99 / 100]);
    free(trips->took);
}

#endif
