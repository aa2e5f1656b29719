/*
 * What the programs process_*.c share.
 */
#include "process.h"

#ifndef _WIN32
#include <signal.h>
#include <sys/wait.h>
#endif

int run_one_test(const test *tests, int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        for (; tests->name != NULL; tests++) {
            puts(tests->name);
        }
        return 0;
    }
    if (argc != 2) {
        fprintf(stderr, "usage: %s list | name of a test\n", argv[0]);
        return 2;
    }
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}

void ends_well(const char *name)
{
    printf("ok %s\n", name);
    fflush(stdout);
}

pthread_t start_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run, argument) == 0);
    return thread;
}

gate events_seen = GATE_INITIALIZER;

void count_event(const pusher_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
    gate_add(&events_seen, 1);
}

static pusher_client *listener(pusher_client *client, pusher_event_callback call)
{
    pusher_callback callback = {NULL, NULL, NULL};
    callback.call = call;
    CHECK_OK(pusher_client_bind(client, "news", "e", &callback, NULL));
    connect_client(client);
    subscribe_channel(client, "news");
    subscribe_channel(client, "private-a");
    return client;
}

pusher_client *new_listener(pusher_event_callback call)
{
    return listener(new_client("ann"), call);
}

pusher_client *new_tls_listener(pusher_event_callback call)
{
    return listener(new_tls_client("ann"), call);
}

void *flood_news(void *unused)
{
    (void)unused;
    try_order("flood", "{\"channel\":\"news\",\"event\":\"e\",\"data\":\"x\",\"count\":200000}");
    return NULL;
}

#ifndef _WIN32 /* it has no fork */
void check_child(pid_t child)
{
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) {
        FAIL("the child was ended by signal %d%s", WTERMSIG(status),
             WTERMSIG(status) == SIGALRM ? ": it hung" : "");
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
#endif
