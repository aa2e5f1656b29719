/*
 * epoll: one thread, one loop, no other: events of the server and lines of the terminal are served
 * where they arrive, by whichever is ready. So do programs with a loop of their own, and with poll,
 * kqueue, libuv or GLib in place of epoll it looks the same.
 *
 * Prints every event of the channels on the command line. A line you type is sent to the first of
 * them as the client event "client-line", where it is a private or presence channel.
 *
 * Compile:  cc epoll.c -o epoll $(pkg-config --cflags --libs pusherws)
 *      or:  cc epoll.c -o epoll -Ipath/to/include -Lpath/to/library -lpusherws
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... ./epoll presence-room prices
 *           (common.h has the other settings; Ctrl-D ends it)
 */
#define _POSIX_C_SOURCE 200809L /* read, also with -std=c99 */

#include "common.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>

/* Runs inside of pusher_client_dispatch, on the one thread that there is: it needs no lock. */
static void on_event(const pusher_event *event, void *user_data)
{
    long *count = user_data;
    ++*count;
    if (event->kind == PUSHER_EVENT_ERROR) {
        fprintf(stderr, "%s\n", event->data);
    } else if (event->channel != NULL) {
        printf("%ld  %s  %s  %s\n", *count, event->channel, event->name,
               event->data != NULL ? event->data : "");
        fflush(stdout);
    }
}

/* Until nothing is left: then the descriptor is no longer readable. */
static bool serve_events(pusher_client *client)
{
    int32_t status;
    do {
        status = pusher_client_dispatch(client, 0, 0, NULL);
    } while (status == PUSHER_OK);
    if (status != PUSHER_ERR_TIMEOUT) {
        complain("No more events", status);
    }
    return status == PUSHER_ERR_TIMEOUT;
}

/* A line of the terminal; false at its end. */
static bool serve_line(pusher_client *client, const char *channel)
{
    static char line[1000];
    ssize_t length = read(STDIN_FILENO, line, sizeof line - 1);
    if (length <= 0) {
        return false;
    }
    line[length] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    int32_t status = pusher_client_publish(client, channel, "client-line", line, strlen(line), NULL);
    if (status != PUSHER_OK) {
        complain("Not sent", status);
    }
    return true;
}

static bool watch(int loop, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = descriptor}};
    return epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

static int run(pusher_client *client, int descriptor, const char *first_channel)
{
    int loop = epoll_create1(EPOLL_CLOEXEC);
    if (loop < 0 || !watch(loop, descriptor) || !watch(loop, STDIN_FILENO)) {
        perror("epoll"); /* a file as standard input cannot be waited for */
        return 1;
    }
    bool go_on = true;
    while (go_on) {
        struct epoll_event ready[2];
        int count = epoll_wait(loop, ready, 2, -1);
        if (count < 0 && errno != EINTR) {
            perror("epoll_wait");
            break;
        }
        for (int i = 0; i < count && go_on; i++) {
            go_on = ready[i].data.fd == descriptor ? serve_events(client)
                                                   : serve_line(client, first_channel);
        }
    }
    close(loop);
    return 0;
}

static int start(pusher_client *client, char **channels, intptr_t *descriptor)
{
    static long count;
    pusher_callback callback = {on_event, NULL, &count};
    int32_t status = pusher_client_bind(client, NULL, NULL, &callback, NULL);
    if (status == PUSHER_OK) {
        status = pusher_client_descriptor(client, descriptor);
    }
    if (status == PUSHER_OK) {
        status = pusher_client_connect(client, NULL);
    }
    for (; status == PUSHER_OK && *channels != NULL; channels++) {
        status = pusher_client_subscribe(client, *channels, NULL, NULL);
    }
    return status == PUSHER_OK ? 0 : complain("Cannot start", status);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s channel...\n", argv[0]);
        return 2;
    }
    pusher_config *config = config_from_environment();
    if (config == NULL) {
        return 1;
    }
    pusher_client *client = NULL;
    int32_t status = pusher_config_set_delivery(config, PUSHER_DELIVER_POLL);
    if (status == PUSHER_OK) {
        status = pusher_config_set_presence_user(config, "epoll", NULL); /* for presence-... */
    }
    if (status == PUSHER_OK) {
        status = pusher_client_new(config, &client);
    }
    pusher_config_free(config);
    if (status != PUSHER_OK) {
        return complain("No client", status);
    }
    intptr_t descriptor = -1;
    int result = start(client, argv + 1, &descriptor);
    if (result == 0) {
        result = run(client, (int)descriptor, argv[1]);
    }
    pusher_client_close(client, 2000);
    pusher_client_free(client);
    return result;
}
