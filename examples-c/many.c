/*
 * many: many clients, each with a connection of its own, and one queue for the events of all: two
 * threads of this program serve them, whether they are ten or ten thousand. So do gateways, load
 * tests, and servers that hold a connection for each of their users.
 *
 * Each client subscribes to the channel on the command line, and counts what it receives, until
 * Enter.
 *
 * Compile:  cc many.c -o many $(pkg-config --cflags --libs pusherws) -pthread
 *      or:  cc many.c -o many -Ipath/to/include -Lpath/to/library -lpusherws -pthread
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu ./many prices 100
 *           (common.h has the other settings; more than a thousand want a higher `ulimit -n`)
 */
#define _POSIX_C_SOURCE 200809L /* threads and signals, also with -std=c99 */

#include "common.h"

#include <pthread.h>

#define WORKERS 2

/* What belongs to one client. Only one thread at a time is inside of a client's callbacks, and so
   this needs no lock, although any of the workers may be that thread. */
struct account {
    pusher_client *client;
    long events;
    long subscribed;
};

static void on_event(const pusher_event *event, void *user_data)
{
    struct account *account = user_data;
    if (event->kind == PUSHER_EVENT_MESSAGE) {
        account->events++;
    } else if (event->kind == PUSHER_EVENT_SUBSCRIBED) {
        account->subscribed++;
    } else if (event->kind == PUSHER_EVENT_ERROR) {
        fprintf(stderr, "%s\n", event->data);
    }
}

/* Serves one client after another, until the queue is freed. */
static void *work(void *queue)
{
    while (pusher_queue_dispatch(queue, 0, -1, NULL) == PUSHER_OK) {
    }
    return NULL;
}

static int32_t open_account(struct account *account, const pusher_config *config,
                            const char *channel)
{
    pusher_callback callback = {on_event, NULL, account};
    int32_t status = pusher_client_new(config, &account->client);
    if (status == PUSHER_OK) {
        status = pusher_client_bind(account->client, NULL, NULL, &callback, NULL);
    }
    if (status == PUSHER_OK) {
        status = pusher_client_subscribe(account->client, channel, NULL, NULL);
    }
    if (status == PUSHER_OK) {
        status = pusher_client_connect(account->client, NULL);
    }
    return status;
}

static void report(const struct account *accounts, long count)
{
    long events = 0, subscribed = 0;
    for (long i = 0; i < count; i++) {
        events += accounts[i].events;
        subscribed += accounts[i].subscribed;
    }
    printf("%ld clients were subscribed %ld times, and received %ld events\n", count, subscribed,
           events);
}

int main(int argc, char **argv)
{
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 10;
    if (argc < 2 || count < 1 || count > 1000000) {
        fprintf(stderr, "usage: %s CHANNEL [CLIENTS]\n", argv[0]);
        return 2;
    }
    let_interrupt_end_input();
    pusher_config *config = config_from_environment();
    struct account *accounts = calloc((size_t)count, sizeof *accounts);
    pusher_queue *queue = NULL;
    if (config == NULL || accounts == NULL) {
        return 1;
    }
    int32_t status = pusher_queue_new(&queue);
    if (status == PUSHER_OK) {
        status = pusher_config_set_shared_queue(config, queue);
    }
    pthread_t workers[WORKERS];
    int started = 0;
    while (status == PUSHER_OK && started < WORKERS &&
           pthread_create(&workers[started], NULL, work, queue) == 0) {
        started++;
    }
    for (long i = 0; status == PUSHER_OK && i < count; i++) {
        status = open_account(&accounts[i], config, argv[1]);
    }
    pusher_config_free(config);
    int result = status == PUSHER_OK ? 0 : complain("Cannot start", status);
    if (result == 0) {
        puts("Enter ends it.");
        wait_for_enter();
    }
    for (long i = 0; i < count; i++) {
        pusher_client_free(accounts[i].client); /* none of its callbacks runs after this */
    }
    pusher_queue_free(queue);
    while (started > 0) {
        pthread_join(workers[--started], NULL);
    }
    report(accounts, count);
    free(accounts);
    return result;
}
