/*
 * Good manners in a host process: its threads, and the signals on them.
 */
#include "process.h"

#ifndef _WIN32
#include <dirent.h>
#include <signal.h>
#endif

/* Threads ------------------------------------------------------------------------------------- */

/* Calls that make no client start no thread. */
static void no_client_no_thread(void)
{
    int before = threads_named("");
    pusher_config *config = new_config();
    CHECK(pusher_version() != NULL);
    CHECK(threads_named("") == before);
    CHECK_OK(pusher_config_free(config));
}

static void no_thread_is_left(void)
{
    pusher_client *ann = new_client("ann"), *ben = new_client("ben");
    int others;
    wait_for_threads("pusherws-io", 1);
    wait_for_threads("pusherws-ev", 2);
    others = threads_named("") - 3;
    connect_client(ann);
    connect_client(ben);
    CHECK_OK(pusher_client_free(ann));
    wait_for_threads("pusherws-ev", 1);
    CHECK(threads_named("pusherws-io") == 1);
    ping_server(ben);
    CHECK_OK(pusher_client_free(ben));
    wait_for_threads("", others);
    CHECK(threads_named("pusherws-") == 0);
    /* And they come again. */
    ann = new_client("ann");
    connect_client(ann);
    wait_for_threads("pusherws-io", 1);
    wait_for_threads("pusherws-ev", 1);
    CHECK_OK(pusher_client_free(ann));
    wait_for_threads("pusherws-", 0);
}

/* A client that is gone has left no thread and no open socket, however it was made and ended. */
static void nothing_is_left_open(void)
{
    int descriptors = 0;
    for (int round = 0; round < 12; round++) {
        pusher_client *client =
            round % 2 ? new_tls_listener(count_event) : new_listener(count_event);
        CHECK(round == 0 || open_descriptors() > descriptors);
        if (round % 3 == 1) {
            CHECK_OK(pusher_client_close(client, PATIENCE_MS));
        } else if (round % 3 == 2) {
            order("drop", "{\"how\":\"rst\"}");
        }
        CHECK_OK(pusher_client_free(client));
        wait_for_threads("pusherws-", 0);
        if (round <= 1) { /* without TLS and with it */
            descriptors = open_descriptors();
        }
        CHECK(open_descriptors() <= descriptors + KEPT_BY_THE_SYSTEM);
    }
}

#ifndef _WIN32 /* it has no signals that come on any thread */
static int64_t blocked_signals(const char *task)
{
    char path[300], line[256];
    long long mask = -1;
    snprintf(path, sizeof path, "/proc/self/task/%.20s/status", task);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    while (fgets(line, (int)sizeof line, file) != NULL) {
        if (strncmp(line, "SigBlk:", 7) == 0) {
            mask = (long long)strtoull(line + 7, NULL, 16);
        }
    }
    fclose(file);
    return (int64_t)mask;
}

/* Signals are blocked on the library's threads, but for faults, of which a callback's language may make
   exceptions; on ours nothing is changed. */
static void signals_are_blocked_on_its_threads(void)
{
    static const int wanted[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM,
                                 SIGUSR1, SIGUSR2, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU};
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    int found = 0;
    sigset_t before, after;
    struct sigaction actions[32], action;
    for (int i = 1; i < 32; i++) {
        CHECK(sigaction(i, NULL, &actions[i]) == 0);
    }
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &before) == 0);
    pusher_client *client = new_listener(count_event);
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &after) == 0);
    wait_for_threads("pusherws-", 2);
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        char path[300], name[64] = "";
        if (task->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, "/proc/self/task/%.20s/comm", task->d_name);
        FILE *file = fopen(path, "r");
        CHECK(file != NULL && fgets(name, (int)sizeof name, file) != NULL);
        fclose(file);
        if (strncmp(name, "pusherws-", 9) == 0) {
            int64_t mask = blocked_signals(task->d_name);
            found++;
            for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
                if ((mask >> (wanted[i] - 1) & 1) == 0) {
                    FAIL("signal %d is not blocked on %s", wanted[i], name);
                }
            }
            for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
                if ((mask >> (faults[i] - 1) & 1) != 0) {
                    FAIL("signal %d is blocked on %s", faults[i], name);
                }
            }
        }
    }
    closedir(tasks);
    CHECK(found == 2);
    for (int i = 1; i < 32; i++) {
        CHECK(sigismember(&before, i) == sigismember(&after, i));
        CHECK(sigaction(i, NULL, &action) == 0);
        if (action.sa_handler != actions[i].sa_handler) {
            FAIL("signal %d has another disposition than before", i);
        }
    }
    CHECK_OK(pusher_client_free(client));
}
#endif

static const test tests[] = {
    {"no_client_no_thread", no_client_no_thread},
    {"no_thread_is_left", no_thread_is_left},
    {"nothing_is_left_open", nothing_is_left_open},
#ifndef _WIN32
    {"signals_are_blocked_on_its_threads", signals_are_blocked_on_its_threads},
#endif
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_one_test(tests, argc, argv);
}
