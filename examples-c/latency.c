/*
 * latency: how long a client event takes from one client to another, by way of the server. Both deliver
 * on the network thread (PUSHER_DELIVER_INLINE), the shortest way there is: the next event is sent from
 * inside of the callback that has received the one before.
 *
 * Prints the median, and how long the slowest took. Compare it with THREAD by a second argument.
 *
 * Compile:  cc latency.c -o latency $(pkg-config --cflags --libs pusherws) -pthread
 *      or:  cc latency.c -o latency -Ipath/to/include -Lpath/to/library -lpusherws -pthread
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... ./latency [EVENTS [thread]]
 *           (common.h has the other settings; the application must allow client events, and Pusher
 *           allows ten a second: ask for few)
 */
#define _POSIX_C_SOURCE 200809L /* threads and clocks, also with -std=c99 */

#include "common.h"
#include "waiting.h"

#include <string.h>

#define CHANNEL "private-latency"
#define PATIENCE_MS 15000

struct probe {
    pusher_client *sender;
    long events; /* how many are wanted */
    long received;
    struct timespec sent_at;
    double *microseconds;
    bool done;
    bool failed;
};

static double microseconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) * 1e6 +
           (double)(now.tv_nsec - start->tv_nsec) / 1e3;
}

static void send_next(struct probe *probe)
{
    clock_gettime(CLOCK_MONOTONIC, &probe->sent_at);
    /* Returns at once, also in here: it may be called from any callback. */
    int32_t status = pusher_client_publish(probe->sender, CHANNEL, "client-probe", "{}", 2, NULL);
    if (status != PUSHER_OK) {
        complain("Not sent", status);
        probe->failed = true;
        set_flag(&probe->done);
    }
}

/* The receiver's. It must not block: all connections of the program wait for it. */
static void on_probe(const pusher_event *event, void *user_data)
{
    struct probe *probe = user_data;
    (void)event;
    if (probe->received == probe->events) {
        return;
    }
    probe->microseconds[probe->received++] = microseconds_since(&probe->sent_at);
    if (probe->received == probe->events) {
        set_flag(&probe->done);
    } else {
        send_next(probe);
    }
}

static int compare(const void *left, const void *right)
{
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

/* Connected and subscribed; or NULL, and the reason has been printed. */
static pusher_client *new_client(pusher_config *config)
{
    pusher_client *client = NULL;
    pusher_request request = 0;
    int32_t status = pusher_client_new(config, &client);
    if (status == PUSHER_OK) {
        status = pusher_client_connect(client, NULL);
    }
    if (status == PUSHER_OK) {
        status = pusher_client_subscribe(client, CHANNEL, NULL, &request);
    }
    if (status == PUSHER_OK) {
        status = pusher_client_wait(client, request, PATIENCE_MS);
    }
    if (status != PUSHER_OK) {
        complain("Cannot subscribe to " CHANNEL, status);
        pusher_client_free(client);
        return NULL;
    }
    return client;
}

static int measure(struct probe *probe, pusher_client *receiver)
{
    pusher_callback callback = {on_probe, NULL, probe};
    int32_t status = pusher_client_bind(receiver, CHANNEL, "client-probe", &callback, NULL);
    if (status != PUSHER_OK) {
        return complain("Cannot bind", status);
    }
    send_next(probe);
    int patience_s = 15 + (int)(probe->events / 5);
    if (!wait_for_flag(&probe->done, patience_s) || probe->failed) {
        fprintf(stderr, "Only %ld of %ld events came back.\n", probe->received, probe->events);
        return 1;
    }
    qsort(probe->microseconds, (size_t)probe->events, sizeof(double), compare);
    printf("%ld events: median %.0f us, 99 of 100 within %.0f us, slowest %.0f us\n",
           probe->events, probe->microseconds[probe->events / 2],
           probe->microseconds[probe->events * 99 / 100], probe->microseconds[probe->events - 1]);
    return 0;
}

int main(int argc, char **argv)
{
    struct probe probe = {.events = argc > 1 ? strtol(argv[1], NULL, 10) : 20};
    bool thread = argc > 2 && strcmp(argv[2], "thread") == 0;
    if (probe.events < 1 || probe.events > 10000000) {
        fprintf(stderr, "usage: %s [EVENTS [thread]]\n", argv[0]);
        return 2;
    }
    pusher_config *config = config_from_environment();
    probe.microseconds = calloc((size_t)probe.events, sizeof(double));
    if (config == NULL || probe.microseconds == NULL) {
        return 1;
    }
    /* A server of one's own has a limit of its own; Pusher's is kept where nothing else is said. */
    int32_t status = PUSHER_OK;
    if (getenv("PUSHER_KEY") == NULL) {
        status = pusher_config_set_publish_rate(config, 0, PUSHER_OVER_LIMIT_WAIT);
    }
    if (status == PUSHER_OK) {
        status = pusher_config_set_delivery(config, thread ? PUSHER_DELIVER_THREAD
                                                           : PUSHER_DELIVER_INLINE);
    }
    if (status != PUSHER_OK) {
        return complain("No client", status);
    }
    pusher_client *receiver = new_client(config);
    probe.sender = receiver != NULL ? new_client(config) : NULL;
    int result = probe.sender != NULL ? measure(&probe, receiver) : 1;
    pusher_client_free(receiver); /* first: its callback uses the sender */
    pusher_client_free(probe.sender);
    pusher_config_free(config);
    free(probe.microseconds);
    return result;
}
