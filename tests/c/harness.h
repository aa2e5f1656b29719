/*
 * What the C tests share: checks, a server of their own, orders to it, and a recorder of events.
 * harness.c and system_*.c have what does not need the library, clients.c what does.
 *
 * Every file here has to compile as C99, C11 and C++11: so casts are written out, and there are no
 * designated initialisers, compound literals or C11 threads.
 */
#ifndef PUSHERWS_TEST_HARNESS_H
#define PUSHERWS_TEST_HARNESS_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <pusherws.h>

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h> /* mingw has it, too */

/* Checks -------------------------------------------------------------------------------------- */

/* Prints where, and ends the process at once: a test that goes on after a failure tells nothing. */
void fail_at(const char *file, int line, const char *format, ...)
#if defined(__MINGW32__)
    __attribute__((noreturn, format(gnu_printf, 3, 4)))
#elif defined(__GNUC__)
    __attribute__((noreturn, format(printf, 3, 4)))
#endif
    ;

#define FAIL(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            FAIL("not true: %s", #condition);                                                      \
        }                                                                                          \
    } while (0)

/* A call has to answer this status. */
#define CHECK_STATUS(expected, call)                                                               \
    check_status_at(__FILE__, __LINE__, #call, (int32_t)(expected), (call))
#define CHECK_OK(call) CHECK_STATUS(PUSHER_OK, call)

/* A call has to fail so, with a message that has `word` in it, and no secret. */
#define CHECK_ERROR(expected, word, call)                                                          \
    do {                                                                                           \
        CHECK_STATUS(expected, call);                                                              \
        check_message_at(__FILE__, __LINE__, #call, word);                                         \
    } while (0)

void check_status_at(const char *file, int line, const char *call, int32_t expected, int32_t got);
void check_message_at(const char *file, int line, const char *call, const char *word);

/* No event, message or other text of the library may have one of these in it. The server's own
   master key is the one of which its authorisation endpoint makes shared secrets. */
#define SECRET "app-secret"
#define WRONG_SECRET "not-this-secret"
#define TOKEN "Bearer t0ken"
#define SERVER_MASTER_KEY "ZGV2c2VydmVyLW1hc3Rlci1rZXktb2YtMzItYnl0ZXM="
#define MASTER_KEY "OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk="
#define PROXY_PASSWORD "pr0xy-pass"
#define CLIENT_KEY_TEXT "MlOooG+As1D6pSEeutObyj7NmFehRANCAATJi/giz+JALHceoEvbfBPD+TRLFxRr"
int holds_secret(const char *text);

/* Text that no function takes. */
#define NOT_UTF8 "abc\xff\xfe"

/* Running ------------------------------------------------------------------------------------- */

typedef struct test {
    const char *name;
    void (*run)(void);
} test;

/* Runs those that argv names, or all; prints a line for each. Ends with a NULL name. */
int run_tests(const test *tests, int argc, char **argv);

/* The last resort against a test that hangs: ends the process when so much time has passed since the last
   call. */
void end_after(unsigned seconds);

/* How long to wait for what has to come. Much longer than it takes, and only reached on failure. */
#define PATIENCE_S 20
#define PATIENCE_MS (PATIENCE_S * 1000)

/* The server ---------------------------------------------------------------------------------- */

/*
 * Starts the program that PUSHERWS_DEVSERVER names, on a port that the system chooses. It ends with
 * this process, however that ends: its standard input is a pipe from here. On that port it takes
 * connections with TLS and without.
 */
void start_server(void);
void stop_server(void);
/* Ends it at once, so that the system drops its connections. Another one may be started. */
void kill_server(void);
int server_port(void);
/* The file of the authority that made its certificate. */
const char *server_ca_file(void);

/* Gives an order to the server ("faults", "{...}"), which has to be accepted; returns the first
   number in the answer: an id, or how many connections it reached. */
long order(const char *path, const char *json);
/* The same, and nobody cares whether it works: for a thread that floods while the test ends. */
int try_order(const char *path, const char *json);

/* Clients ------------------------------------------------------------------------------------- */

/* Events come as the environment says in PUSHERWS_DELIVERY (thread, poll or inline): scripts/test-c.sh
   runs programs in all three. */
void deliver_as_asked(pusher_config *config);

/* A config for the server: no TLS, the right secret, and a quick back-off. */
pusher_config *new_config(void);
pusher_client *new_client(const char *user_id);
pusher_client *new_client_with_secret(const char *user_id, const char *secret);
/* The same with TLS, and with the server's authority trusted. */
pusher_config *new_tls_config(void);
pusher_client *new_tls_client(const char *user_id);
/* Handles that were freed. */
pusher_config *stale_config(void);
pusher_client *stale_client(void);
/* Connects, subscribes or pings, and waits until that is done. */
void connect_client(pusher_client *client);
void subscribe_channel(pusher_client *client, const char *channel);
void ping_server(pusher_client *client);
void publish_text(pusher_client *client, const char *channel, const char *event, const char *data);

/* Setters of one value: what is good, what is bad, and what the message has to name. */
typedef int32_t (*text_setter)(pusher_config *config, const char *text);
void check_text_setter(text_setter set, const char *good, const char *bad, const char *word);
typedef int32_t (*time_setter)(pusher_config *config, int32_t timeout_ms);
void check_time_setter(time_setter set, const char *word);

/* Recorder ------------------------------------------------------------------------------------ */

/* Keeps a copy of every event it is bound to. */
typedef struct recorder {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pusher_event **events;
    size_t count;
    size_t capacity;
    int binds;
    int drops;
    int running; /* calls under way: 0 or 1, since a client's callbacks run one at a time */
} recorder;

recorder *recorder_new(void);
void recorder_free(recorder *self);
/* Binds it; every recorder is bound to one client only, but as often as you like. */
pusher_binding recorder_bind(recorder *self, pusher_client *client, const char *channel,
                             const char *event);
/* The n-th event (from 1) of this kind, channel and name (NULL for any); waits for it. */
#define WAIT_EVENT(self, kind, channel, name, n)                                                   \
    recorder_wait(__FILE__, __LINE__, self, kind, channel, name, n)
const pusher_event *recorder_wait(const char *file, int line, recorder *self, int32_t kind,
                                  const char *channel, const char *name, size_t n);
size_t recorder_count(recorder *self, int32_t kind, const char *channel, const char *name);
/* The event that completed a request; waits for it. */
#define WAIT_COMPLETED(self, request) recorder_completed(__FILE__, __LINE__, self, request)
const pusher_event *recorder_completed(const char *file, int line, recorder *self,
                                       pusher_request request);
/* How often a request was completed. */
size_t recorder_completions(recorder *self, pusher_request request);
void recorder_wait_drops(recorder *self, int drops);

/* Gates --------------------------------------------------------------------------------------- */

/* A number that threads may wait for. */
typedef struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    long value;
} gate;

#define GATE_INITIALIZER {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0}
void gate_init(gate *self);
long gate_add(gate *self, long n); /* returns the new value */
void gate_set(gate *self, long value);
long gate_get(gate *self);
/* Waits until it is `value` or more; 0 where it is not in time. */
int gate_reaches(gate *self, long value);

/* So many seconds from now, for pthread_cond_timedwait. */
struct timespec;
void deadline_in(struct timespec *deadline, int seconds);

/* Threads ------------------------------------------------------------------------------------- */

/* How many threads of this process have a name that begins so; with "" all, but on Windows those of the
   system's own pool. */
int threads_named(const char *prefix);
/* Waits until so many are named so: a thread gets its name when it runs, and one that was joined
   vanishes from /proc a moment later. */
void wait_for_threads(const char *prefix, int count);

/* How many files, sockets and the like this process has open; on Windows, how many handles. */
int open_descriptors(void);
/* So many more may be open at the end: on Windows the system's own libraries open some when they are first
   needed, and keep them. */
#ifdef _WIN32
#define KEPT_BY_THE_SYSTEM 4
#else
#define KEPT_BY_THE_SYSTEM 0
#endif

/* Libraries ----------------------------------------------------------------------------------- */

/* At run time. A function that is not there is NULL; what else goes wrong ends the program. */
void *load_library(const char *path);
void *look_up(void *library, const char *name);
void unload_library(void *library);

#endif
