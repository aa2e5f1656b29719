/*
 * Good manners in a host process: after a fork.
 */
#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

/* Fork ---------------------------------------------------------------------------------------- */

/* Every call on the parent's client says so, and none hangs. */
static void check_forked(pusher_client *client)
{
    pusher_callback callback = {count_event, NULL, NULL};
    pusher_channels *channels = NULL;
    pusher_metrics *metrics = NULL;
    pusher_members *members = NULL;
    pusher_request request = 77;
    uint64_t dropped = 77;
    char text[80];
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_connect(client, &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_disconnect(client, &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_ping(client, &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_wait(client, 1, -1));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_state(client));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork",
                pusher_client_socket_id(client, text, sizeof text, NULL));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_bind(client, NULL, NULL, &callback, NULL));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_unbind(client, 1));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_close(client, PATIENCE_MS));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_subscribe(client, "a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork",
                pusher_client_subscribe_kind(client, 1, "a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_unsubscribe(client, "a", &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork",
                pusher_client_publish(client, "private-a", "e", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork",
                pusher_client_bind_with(client, NULL, NULL, 0, &callback, NULL));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork",
                pusher_client_subscribe_with_auth(client, "private-a", "k:s", NULL, NULL,
                                                  &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_unsubscribe_all(client, &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_sign_in(client, &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork",
                pusher_client_authorize(client, 1, NULL, "k:s", NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork",
                pusher_client_authorize_user(client, 1, "k:s", "{\"id\":\"1\"}"));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_refuse(client, 1, NULL));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_prepare(client, 1, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_retry(client, 0, &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_network_changed(client, &request));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_dropped(client, &dropped));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_metrics(client, &metrics));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_dump(client, NULL, 0, NULL));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_prometheus(client, NULL, NULL, 0, NULL));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_channels(client, &channels));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_channel_state(client, "news"));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork",
                pusher_client_members(client, "presence-a", &members));
    CHECK(request == 77 && dropped == 77 && members == NULL && channels == NULL);
}

/* With a client of the parent, and one that the child makes. */
static void fork_beside(pusher_client *client, pusher_client *(*make)(pusher_event_callback))
{
    char before[70], after[70];
    CHECK_OK(pusher_client_socket_id(client, before, sizeof before, NULL));
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(20);
        check_forked(client);
        /* A new client works in the child, beside and after the old one. */
        pusher_client *own = make(count_event);
        ping_server(own);
        CHECK_OK(pusher_client_free(client));
        CHECK_STATUS(PUSHER_ERR_HANDLE, pusher_client_state(client));
        ping_server(own);
        CHECK_OK(pusher_client_close(own, PATIENCE_MS));
        CHECK_OK(pusher_client_free(own));
        exit(0);
    }
    check_child(child);
    /* The parent's connection has not noticed: the same socket id, and events. */
    ping_server(client);
    CHECK_OK(pusher_client_socket_id(client, after, sizeof after, NULL));
    CHECK(strcmp(before, after) == 0);
    order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
    CHECK(gate_reaches(&events_seen, 1));
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
}

static void child_and_parent(void)
{
    fork_beside(new_listener(count_event), new_listener);
}

static void child_and_parent_over_tls(void)
{
    fork_beside(new_tls_listener(count_event), new_tls_listener);
}

/* A client with TLS and the platform's trust store, which comes from SSL_CERT_FILE. */
static pusher_client *new_usual_tls_client(void)
{
    pusher_client *client = NULL;
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_tls(config, 1));
    /* The trust store may be long in coming. */
    CHECK_OK(pusher_config_set_connect_timeout(config, 10 * PATIENCE_MS));
    CHECK_OK(pusher_config_set_phase_timeout(config, PUSHER_PHASE_TLS, 10 * PATIENCE_MS));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    return client;
}

/* Copies a small file into a pipe, and closes that. */
static void pour(const char *path, int pipe)
{
    char text[16384];
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    size_t length = fread(text, 1, sizeof text, file);
    CHECK(length > 0 && length < sizeof text);
    fclose(file);
    CHECK(write(pipe, text, length) == (ssize_t)length);
    close(pipe);
}

/* A thread of the parent's reads the trust store, and is not there in the child to come to the end. */
static void forked_while_the_trust_store_is_read(void)
{
    char path[300];
    const char *directory = getenv("TMPDIR");
    snprintf(path, sizeof path, "%.200s/pusherws-fifo-%d", directory != NULL ? directory : "/tmp",
             (int)getpid());
    CHECK(mkfifo(path, 0600) == 0);
    CHECK(setenv("SSL_CERT_FILE", path, 1) == 0);
    pusher_request request = 0;
    pusher_client *client = new_usual_tls_client();
    CHECK_OK(pusher_client_connect(client, &request));
    /* Until somebody reads, there is nobody to write to. */
    int store = open(path, O_WRONLY);
    CHECK(store >= 0);
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(20);
        close(store);
        CHECK(setenv("SSL_CERT_FILE", server_ca_file(), 1) == 0);
        pusher_client *own = new_usual_tls_client();
        connect_client(own);
        ping_server(own);
        CHECK_OK(pusher_client_free(client));
        CHECK_OK(pusher_client_free(own));
        exit(0);
    }
    check_child(child);
    pour(server_ca_file(), store);
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    ping_server(client);
    CHECK_OK(pusher_client_free(client));
    remove(path);
}

static gate stop = GATE_INITIALIZER;

/* Calls all the time, so that some fork meets each lock of the library while it is held. */
static void *call_all_the_time(void *argument)
{
    pusher_client *client = (pusher_client *)argument;
    while (gate_get(&stop) == 0) {
        pusher_callback callback = {count_event, NULL, NULL};
        pusher_binding binding = 0;
        pusher_config *config = pusher_config_new("app-key");
        for (int i = 0; i < 500; i++) {
            CHECK(pusher_client_state(client) == PUSHER_STATE_CONNECTED);
        }
        CHECK_OK(pusher_client_bind(client, "x", NULL, &callback, &binding));
        CHECK_OK(pusher_client_unbind(client, binding));
        CHECK_OK(pusher_config_free(config));
    }
    return NULL;
}

/* A fork copies the locks as they are; a child must not wait for one that nobody will release. */
static void forked_while_other_threads_call(void)
{
    pusher_client *client = new_listener(count_event);
    pthread_t callers[2];
    callers[0] = start_thread(call_all_the_time, client);
    callers[1] = start_thread(call_all_the_time, client);
    fflush(stdout);
    for (int round = 0; round < 400; round++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(5);
            check_forked(client);
            pusher_config *config = pusher_config_new("app-key");
            CHECK(config != NULL);
            CHECK_OK(pusher_config_free(config));
            CHECK_OK(pusher_client_free(client));
            _exit(0);
        }
        check_child(child);
    }
    gate_set(&stop, 1);
    CHECK(pthread_join(callers[0], NULL) == 0 && pthread_join(callers[1], NULL) == 0);
    ping_server(client);
    CHECK_OK(pusher_client_free(client));
}

/* The child of a busy parent that simply ends, as after a failed exec, ends. */
static void child_exits_with_the_parents_client(void)
{
    pusher_client *client = new_listener(count_event);
    pthread_t flooding = start_thread(flood_news, NULL);
    fflush(stdout);
    for (long round = 1; round <= 20; round++) {
        CHECK(gate_reaches(&events_seen, round * 100));
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(10);
            exit(0);
        }
        check_child(child);
    }
    CHECK_OK(pusher_client_free(client));
    CHECK(pthread_join(flooding, NULL) == 0);
}

static int same_mask(const sigset_t *one, const sigset_t *other)
{
    for (int i = 1; i < 32; i++) {
        if (sigismember(one, i) != sigismember(other, i)) {
            return 0;
        }
    }
    return 1;
}

static sigset_t programs_mask;

static void fork_in_callback(const pusher_event *event, void *user_data)
{
    sigset_t before, after;
    (void)event;
    (void)user_data;
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &before) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        sigset_t mask;
        _exit(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0 && same_mask(&mask, &programs_mask) ? 0
                                                                                               : 1);
    }
    check_child(child);
    /* The library's thread itself keeps its own. */
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &after) == 0);
    CHECK(same_mask(&before, &after) && sigismember(&after, SIGTERM) == 1);
    gate_add(&events_seen, 1);
}

/* What a callback starts can be ended by SIGTERM and Ctrl-C, as what the program itself starts. */
static void a_callbacks_child_has_the_programs_signals(void)
{
    static const int deliveries[] = {PUSHER_DELIVER_THREAD, PUSHER_DELIVER_INLINE};
    CHECK(sigemptyset(&programs_mask) == 0 && sigaddset(&programs_mask, SIGUSR2) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &programs_mask, NULL) == 0);
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        pusher_callback callback = {fork_in_callback, NULL, NULL};
        pusher_client *client = NULL;
        pusher_config *config = new_config();
        CHECK_OK(pusher_config_set_delivery(config, deliveries[i]));
        CHECK_OK(pusher_client_new(config, &client));
        CHECK_OK(pusher_config_free(config));
        CHECK_OK(pusher_client_bind(client, "news", "e", &callback, NULL));
        connect_client(client);
        subscribe_channel(client, "news");
        order("publish", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"1\"}");
        CHECK(gate_reaches(&events_seen, i + 1));
        CHECK_OK(pusher_client_free(client));
    }
}

static const test tests[] = {
    {"child_and_parent", child_and_parent},
    {"child_and_parent_over_tls", child_and_parent_over_tls},
    {"forked_while_the_trust_store_is_read", forked_while_the_trust_store_is_read},
    {"forked_while_other_threads_call", forked_while_other_threads_call},
    {"a_callbacks_child_has_the_programs_signals", a_callbacks_child_has_the_programs_signals},
    {"child_exits_with_the_parents_client", child_exits_with_the_parents_client},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_one_test(tests, argc, argv);
}
