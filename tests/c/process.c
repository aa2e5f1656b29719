/*
 * Good manners in a host process: threads, signals, exit, fork. Each test wants a process of its
 * own, so that scripts/test-c.sh runs this program once for each name that it lists with `list`.
 */
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static pthread_t start_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run, argument) == 0);
    return thread;
}

static gate events_seen = GATE_INITIALIZER;

static void count_event(const pusher_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    gate_add(&events_seen, 1);
}

static void bind_call(pusher_client *client, pusher_event_callback call)
{
    pusher_callback callback = {NULL, NULL, NULL};
    callback.call = call;
    CHECK_OK(pusher_client_bind(client, "news", "e", &callback, NULL));
}

static pusher_client *new_listener(pusher_event_callback call)
{
    pusher_client *client = new_client("ann");
    bind_call(client, call);
    connect_client(client);
    subscribe_channel(client, "news");
    subscribe_channel(client, "private-a");
    return client;
}

static void *flood(void *unused)
{
    (void)unused;
    try_order("flood", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"x\",\"count\":200000}");
    return NULL;
}

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

/* Every signal that can be blocked is, on the library's threads; on ours nothing is changed. */
static void signals_are_blocked_on_its_threads(void)
{
    static const int wanted[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM,
                                 SIGUSR1, SIGUSR2, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU};
    int found = 0;
    sigset_t before, after;
    struct sigaction action;
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
        }
    }
    closedir(tasks);
    CHECK(found == 2);
    for (int i = 1; i < 32; i++) {
        CHECK(sigismember(&before, i) == sigismember(&after, i));
        CHECK(sigaction(i, NULL, &action) == 0);
        if (action.sa_handler != SIG_DFL) {
            FAIL("signal %d has another disposition than before", i);
        }
    }
    CHECK_OK(pusher_client_free(client));
}

/* A server that goes while much is sent to it must not kill the host, which has done nothing about
   SIGPIPE. */
static void no_sigpipe(void)
{
    pusher_client *client = new_listener(count_event);
    recorder *states = recorder_new();
    char text[1001];
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    recorder_bind(states, client, "private-a", "pusher:subscription_succeeded");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (size_t round = 1; round <= 20; round++) {
        for (int i = 0; i < 400; i++) {
            int32_t status =
                pusher_client_publish(client, "private-a", "e", text, sizeof text - 1, NULL);
            CHECK(status == PUSHER_OK || status == PUSHER_ERR_QUEUE_FULL);
            if (i == 200) {
                order("drop", round % 2 ? "{\"how\":\"rst\"}" : "{\"how\":\"fin\"}");
            }
        }
        WAIT_EVENT(states, PUSHER_EVENT_SUBSCRIBED, NULL, NULL, round);
    }
    CHECK_OK(pusher_client_free(client));
    recorder_free(states);
}

/* Exit ---------------------------------------------------------------------------------------- */

/* The name is printed before the end, since nothing can be printed after it. */
static void ends_well(const char *name)
{
    printf("ok %s\n", name);
    fflush(stdout);
}

static void exit_with_live_clients(void)
{
    new_listener(count_event);
    new_listener(count_event);
    new_client("idle");
    start_thread(flood, NULL);
    CHECK(gate_reaches(&events_seen, 2000));
    ends_well("exit_with_live_clients");
    exit(0);
}

static void exit_while_connecting(void)
{
    pusher_client *client = new_client("ann");
    order("faults", "{\"fault\":\"hang_upgrade\"}");
    CHECK_OK(pusher_client_connect(client, NULL));
    order("wait", "{\"upgrades\":1,\"timeout_ms\":15000}");
    ends_well("exit_while_connecting");
    exit(0);
}

static void exit_here(const pusher_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    if (gate_add(&events_seen, 1) == 500) {
        ends_well("exit_in_a_callback");
        exit(0);
    }
}

static void exit_in_a_callback(void)
{
    pusher_client *client = new_listener(exit_here);
    start_thread(flood, NULL);
    /* This waits for what never happens, since the process ends. */
    CHECK_STATUS(PUSHER_ERR_NOT_FOUND, pusher_client_wait(client, 99999, 0));
    gate_reaches(&events_seen, 1000000000);
    FAIL("exit in a callback did not end the process");
}

static void return_with_a_live_client(void)
{
    new_listener(count_event);
    start_thread(flood, NULL);
    CHECK(gate_reaches(&events_seen, 2000));
    ends_well("return_with_a_live_client");
}

static pusher_client *last_client;

static void free_at_exit(void)
{
    CHECK_OK(pusher_client_close(last_client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(last_client));
    ends_well("freed_at_exit");
}

static void freed_at_exit(void)
{
    last_client = new_listener(count_event);
    CHECK(atexit(free_at_exit) == 0);
    exit(0);
}

/* Fork ---------------------------------------------------------------------------------------- */

/* Waits for a child, which has to end well, and soon: its own alarm sees to that. */
static void check_child(pid_t child)
{
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) {
        FAIL("the child was ended by signal %d%s", WTERMSIG(status),
             WTERMSIG(status) == SIGALRM ? ": it hung" : "");
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Every call on the parent's client says so, and none hangs. */
static void check_forked(pusher_client *client)
{
    pusher_callback callback = {count_event, NULL, NULL};
    pusher_channels *channels = NULL;
    pusher_members *members = NULL;
    pusher_request request = 77;
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
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_channels(client, &channels));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork", pusher_client_channel_state(client, "news"));
    CHECK_ERROR(PUSHER_ERR_FORKED, "fork",
                pusher_client_members(client, "presence-a", &members));
    CHECK(request == 77 && members == NULL && channels == NULL);
}

static void child_and_parent(void)
{
    pusher_client *client = new_listener(count_event);
    char before[70], after[70];
    CHECK_OK(pusher_client_socket_id(client, before, sizeof before, NULL));
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(20);
        check_forked(client);
        /* A new client works in the child, beside and after the old one. */
        pusher_client *own = new_listener(count_event);
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
    pthread_t flooding = start_thread(flood, NULL);
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

static const test tests[] = {
    {"no_client_no_thread", no_client_no_thread},
    {"no_thread_is_left", no_thread_is_left},
    {"signals_are_blocked_on_its_threads", signals_are_blocked_on_its_threads},
    {"no_sigpipe", no_sigpipe},
    {"exit_with_live_clients", exit_with_live_clients},
    {"exit_while_connecting", exit_while_connecting},
    {"exit_in_a_callback", exit_in_a_callback},
    {"return_with_a_live_client", return_with_a_live_client},
    {"freed_at_exit", freed_at_exit},
    {"child_and_parent", child_and_parent},
    {"forked_while_other_threads_call", forked_while_other_threads_call},
    {"child_exits_with_the_parents_client", child_exits_with_the_parents_client},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    const test *chosen = tests;
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        for (; chosen->name != NULL; chosen++) {
            puts(chosen->name);
        }
        return 0;
    }
    if (argc != 2) {
        fprintf(stderr, "usage: %s list | name of a test\n", argv[0]);
        return 2;
    }
    start_server();
    if (strcmp(argv[1], "return_with_a_live_client") == 0) {
        /* Here main returns as it is, with threads running. */
        return_with_a_live_client();
        return 0;
    }
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
