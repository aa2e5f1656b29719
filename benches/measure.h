/*
 * What a client tells in the end, in the same words as the programs in other languages; the twin of
 * load/src/measure.rs, which says what is measured.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* The one name of this length is that of the events which are counted. */
#define EVENT_LEN (sizeof "price-changed" - 1)

struct meter {
    uint64_t events;
    /* Of data, and what was read of it: proof that the handler has looked at it. */
    uint64_t bytes;
    uint64_t sum;
    struct rusage used;
    struct timespec since;
};

static inline long long meter_us(struct timeval time)
{
    return (long long)time.tv_sec * 1000000 + time.tv_usec;
}

static inline void meter_print(const struct meter *meter)
{
    struct rusage used;
    struct timespec now;
    if (getrusage(RUSAGE_SELF, &used) != 0)
        abort();
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("events=%llu bytes=%llu sum=%llu user_us=%lld system_us=%lld wall_us=%lld\n",
           (unsigned long long)meter->events, (unsigned long long)meter->bytes,
           (unsigned long long)meter->sum, meter_us(used.ru_utime) - meter_us(meter->used.ru_utime),
           meter_us(used.ru_stime) - meter_us(meter->used.ru_stime),
           (long long)(now.tv_sec - meter->since.tv_sec) * 1000000 +
               (now.tv_nsec - meter->since.tv_nsec) / 1000);
    fflush(stdout);
}

/* Returns whether that was the last event. Then the result has been printed. */
static inline bool meter_event(struct meter *meter, const char *name, size_t name_len,
                               const char *data, size_t data_len)
{
    if (name_len == EVENT_LEN) {
        meter->events++;
        meter->bytes += data_len;
        if (data_len > 0)
            meter->sum += (unsigned char)(data[0] ^ data[data_len - 1]);
        return false;
    }
    if (name_len == 5 && memcmp(name, "begin", 5) == 0) {
        memset(meter, 0, sizeof *meter);
        clock_gettime(CLOCK_MONOTONIC, &meter->since);
        if (getrusage(RUSAGE_SELF, &meter->used) != 0)
            abort();
        return false;
    }
    if (name_len == 3 && memcmp(name, "end", 3) == 0) {
        meter_print(meter);
        return true;
    }
    return false;
}

#endif
