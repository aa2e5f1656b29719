/*
 * Good manners in a host process that has done nothing about SIGPIPE: a server which goes while much
 * is sent to it does not end the process.
 *
 * The library takes two cares: it blocks every signal on its threads, and it writes with
 * MSG_NOSIGNAL, which the standard library does for plain writes, and not for vectored ones. To show
 * that it is these which keep the process alive, this program can take each of them away: its own
 * pthread_sigmask and send stand before those of the system.
 */
#define _DEFAULT_SOURCE /* for syscall */
#include "process.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* The system's functions, less careful on demand ---------------------------------------------- */

static int without_mask, without_nosignal;
/* Writes to connections that are no more. */
static gate broken_pipes = GATE_INITIALIZER;

static ssize_t counted(ssize_t written)
{
    if (written < 0 && errno == EPIPE) {
        gate_add(&broken_pipes, 1);
        errno = EPIPE;
    }
    return written;
}

#ifdef __cplusplus
extern "C" {
#define AS_THE_SYSTEM noexcept
#else
#define AS_THE_SYSTEM
#endif
int pthread_sigmask(int how, const sigset_t *set, sigset_t *before) AS_THE_SYSTEM;

int pthread_sigmask(int how, const sigset_t *set, sigset_t *before) AS_THE_SYSTEM
{
    enum { BYTES_OF_THE_KERNELS_SET = 8 };
    if (without_mask) {
        set = NULL;
    }
    return syscall(SYS_rt_sigprocmask, how, set, before, BYTES_OF_THE_KERNELS_SET) == 0 ? 0 : errno;
}

ssize_t send(int handle, const void *data, size_t length, int flags)
{
    if (without_nosignal) {
        flags &= ~MSG_NOSIGNAL;
    }
    return counted(sendto(handle, data, length, flags, NULL, 0));
}

/* The library never calls this one: if it did, a single care would not be enough. */
ssize_t writev(int handle, const struct iovec *buffers, int count)
{
    return counted((ssize_t)syscall(SYS_writev, handle, buffers, count));
}
#ifdef __cplusplus
}
#endif

/* Scenarios ----------------------------------------------------------------------------------- */

static void publish_much(pusher_client *client, int count)
{
    char text[1001];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < count; i++) {
        int32_t status =
            pusher_client_publish(client, "private-a", "e", text, sizeof text - 1, NULL);
        CHECK(status == PUSHER_OK || status == PUSHER_ERR_QUEUE_FULL);
    }
}

/* The server drops the connection again and again while much is published. */
static void dropped_while_publishing(pusher_client *client, size_t rounds)
{
    recorder *states = recorder_new();
    recorder_bind(states, client, "private-a", "pusher:subscription_succeeded");
    for (size_t round = 1; round <= rounds; round++) {
        publish_much(client, 200);
        order("drop", round % 2 ? "{\"how\":\"rst\"}" : "{\"how\":\"fin\"}");
        publish_much(client, 200);
        WAIT_EVENT(states, PUSHER_EVENT_SUBSCRIBED, NULL, NULL, round);
    }
    CHECK_OK(pusher_client_free(client));
    recorder_free(states);
}

static gate go_on = GATE_INITIALIZER;

static void stand_still(const pusher_event *event, void *user_data)
{
    count_event(event, user_data);
    CHECK(gate_reaches(&go_on, 1));
}

/*
 * The client does not read, since its callbacks stand still, and so does not learn that the server
 * has gone but by writing: the first write is answered by a reset, and the next one is broken.
 */
static void dropped_while_not_reading(int tls)
{
    pusher_config *config = tls ? new_tls_config() : new_config();
    pusher_client *client = NULL;
    pusher_callback callback = {stand_still, NULL, NULL};
    long before = gate_get(&broken_pipes);
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    gate_set(&go_on, 0);
    CHECK_OK(pusher_config_set_queue_capacity(config, 16));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    CHECK_OK(pusher_client_bind(client, "news", "e", &callback, NULL));
    connect_client(client);
    subscribe_channel(client, "news");
    for (int i = 0; gate_get(&broken_pipes) == before; i++) {
        char channel[20];
        pusher_request request = 0;
        if (i % 50 == 0) {
            /* Where the drop overtook the flood, the next one finds the queue full. */
            order("flood", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"x\",\"count\":100}");
            order("drop", "{\"how\":\"fin\"}");
        }
        /* Something to write; the answer is not read. */
        snprintf(channel, sizeof channel, "c-%d", i);
        CHECK_OK(pusher_client_subscribe(client, channel, NULL, &request));
        pusher_client_wait(client, request, 20);
    }
    gate_set(&go_on, 1);
    CHECK_OK(pusher_client_free(client));
    CHECK(gate_get(&broken_pipes) > before);
}

static void no_sigpipe(void)
{
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    dropped_while_publishing(new_listener(count_event), 20);
}

static void no_sigpipe_over_tls(void)
{
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    dropped_while_publishing(new_tls_listener(count_event), 20);
}

static void no_sigpipe_from_a_broken_connection(void)
{
    dropped_while_not_reading(0);
    dropped_while_not_reading(1);
}

/* The server's process ends, and the system drops its connections. */
static void killed_while_publishing(pusher_client *client)
{
    recorder *states = recorder_new();
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    recorder_bind(states, client, NULL, "pusher:state_change");
    publish_much(client, 200);
    kill_server();
    publish_much(client, 200);
    /* That it is connected may be told late. */
    size_t n = 1;
    while (WAIT_EVENT(states, PUSHER_EVENT_STATE_CHANGE, NULL, NULL, n)->state ==
           PUSHER_STATE_CONNECTED) {
        n++;
    }
    CHECK_OK(pusher_client_free(client));
    recorder_free(states);
    start_server();
}

static void no_sigpipe_from_a_killed_server(void)
{
    killed_while_publishing(new_listener(count_event));
    killed_while_publishing(new_tls_listener(count_event));
}

/* The same without the care ------------------------------------------------------------------- */

/* Breaks a connection in a child that takes care or does not; returns the signal that ended it. */
static int end_of_child(int mask, int nosignal, int tls)
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(60);
        without_mask = !mask;
        without_nosignal = !nosignal;
        dropped_while_not_reading(tls);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void without_its_care_the_process_ends(void)
{
    for (int tls = 0; tls < 2; tls++) {
        CHECK(end_of_child(0, 0, tls) == SIGPIPE);
    }
}

static void each_care_alone_is_enough(void)
{
    for (int tls = 0; tls < 2; tls++) {
        CHECK(end_of_child(1, 0, tls) == 0);
        CHECK(end_of_child(0, 1, tls) == 0);
    }
}

/* What the standard library does with several buffers: there is no flag to give. */
static void a_vectored_write_has_no_care_of_its_own(void)
{
    for (int blocked = 0; blocked < 2; blocked++) {
        int ends[2], status = 0;
        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && close(ends[1]) == 0);
        fflush(stdout);
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            char byte = 'x';
            struct iovec buffers[2] = {{&byte, 1}, {&byte, 1}};
            sigset_t pipes;
            CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
            CHECK(sigemptyset(&pipes) == 0 && sigaddset(&pipes, SIGPIPE) == 0);
            CHECK(pthread_sigmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &pipes, NULL) == 0);
            CHECK(send(ends[0], &byte, 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
            CHECK(writev(ends[0], buffers, 2) == -1 && errno == EPIPE);
            _exit(0);
        }
        CHECK(waitpid(child, &status, 0) == child && close(ends[0]) == 0);
        CHECK(blocked ? WIFEXITED(status) && WEXITSTATUS(status) == 0
                      : WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    }
}

static const test tests[] = {
    {"no_sigpipe", no_sigpipe},
    {"no_sigpipe_over_tls", no_sigpipe_over_tls},
    {"no_sigpipe_from_a_broken_connection", no_sigpipe_from_a_broken_connection},
    {"no_sigpipe_from_a_killed_server", no_sigpipe_from_a_killed_server},
    {"without_its_care_the_process_ends", without_its_care_the_process_ends},
    {"each_care_alone_is_enough", each_care_alone_is_enough},
    {"a_vectored_write_has_no_care_of_its_own", a_vectored_write_has_no_care_of_its_own},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_one_test(tests, argc, argv);
}
