/*
 * A lock and a bell: callbacks run on the client's own thread, and main waits here for what they
 * have seen. Nothing of it is particular to pusherws.
 */
#ifndef EXAMPLES_WAITING_H
#define EXAMPLES_WAITING_H

#include <stdbool.h>
#include <time.h>

#ifdef _WIN32

#include <windows.h>

static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE bell = CONDITION_VARIABLE_INIT;

#define LOCK() AcquireSRWLockExclusive(&lock)
#define UNLOCK() ReleaseSRWLockExclusive(&lock)
#define RING() WakeAllConditionVariable(&bell)
#define WAIT_A_SECOND() SleepConditionVariableSRW(&bell, &lock, 1000, 0)

#else

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bell = PTHREAD_COND_INITIALIZER;

#define LOCK() pthread_mutex_lock(&lock)
#define UNLOCK() pthread_mutex_unlock(&lock)
#define RING() pthread_cond_broadcast(&bell)
#define WAIT_A_SECOND() \
    pthread_cond_timedwait(&bell, &lock, &(struct timespec){.tv_sec = time(NULL) + 1})

#endif

/* Sets a flag, and wakes whoever waits for it. */
static inline void set_flag(bool *flag)
{
    LOCK();
    *flag = true;
    RING();
    UNLOCK();
}

/* Waits until a flag is set; false where it is not within so many seconds. */
static inline bool wait_for_flag(const bool *flag, int seconds)
{
    time_t end = time(NULL) + seconds;
    LOCK();
    while (!*flag && time(NULL) < end) {
        WAIT_A_SECOND();
    }
    bool set = *flag;
    UNLOCK();
    return set;
}

#endif
