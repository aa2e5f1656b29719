/*
 * tail: prints every event of some channels, one a line, until Ctrl-C or the end of the input.
 *
 * Compile:  cc tail.c -o tail $(pkg-config --cflags --libs pusherws)
 *      or:  cc tail.c -o tail -Ipath/to/include -Lpath/to/library -lpusherws
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... ./tail prices private-orders
 *           (public channels need no secret; common.h has the other settings)
 */
#define _POSIX_C_SOURCE 200809L /* signal and close, also with -std=c99 */

#include "common.h"

#include <time.h>

/* Data may hold line ends; here each event is one line. */
static void print_on_one_line(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        putchar(text[i] == '\n' || text[i] == '\r' ? ' ' : text[i]);
    }
}

/* Runs on the client's thread, one event at a time: so localtime and putchar are safe here. */
static void on_event(const pusher_event *event, void *user_data)
{
    (void)user_data;
    if (event->kind == PUSHER_EVENT_ERROR) {
        fprintf(stderr, "%s\n", event->data); /* such as a lost connection, which is made anew */
    }
    /* Completed requests are main's business; what has no channel is the connection's. */
    if (event->kind == PUSHER_EVENT_COMPLETED || event->channel == NULL) {
        return;
    }
    char clock[16] = "";
    time_t now = time(NULL);
    strftime(clock, sizeof clock, "%H:%M:%S", localtime(&now));
    printf("%s  %s  %s  ", clock, event->channel, event->name);
    if (event->user_id != NULL) { /* a member, or who published a client event */
        printf("%s  ", event->user_id);
    }
    print_on_one_line(event->data, event->data_len);
    putchar('\n');
    fflush(stdout);
}

static int tail(pusher_client *client, char **channels)
{
    pusher_callback callback = {on_event, NULL, NULL};
    int32_t status = pusher_client_bind(client, NULL, NULL, &callback, NULL);
    if (status == PUSHER_OK) {
        status = pusher_client_connect(client, NULL);
    }
    if (status != PUSHER_OK) {
        return complain("Cannot connect", status);
    }
    /* Nothing waits here: what becomes of it all comes as events. */
    for (; *channels != NULL; channels++) {
        status = pusher_client_subscribe(client, *channels, NULL, NULL);
        if (status != PUSHER_OK) {
            return complain(*channels, status);
        }
    }
    while (getchar() != EOF) {
        /* The events come on the client's thread. */
    }
    pusher_client_close(client, 2000);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s channel...\n", argv[0]);
        return 2;
    }
    let_interrupt_end_input();
    pusher_config *config = config_from_environment();
    if (config == NULL) {
        return 1;
    }
    pusher_client *client = NULL;
    int32_t status = pusher_config_set_presence_user(config, "tail", NULL); /* for presence-... */
    if (status == PUSHER_OK) {
        status = pusher_client_new(config, &client);
    }
    pusher_config_free(config);
    int result = status == PUSHER_OK ? tail(client, argv + 1) : complain("No client", status);
    pusher_client_free(client);
    return result;
}
