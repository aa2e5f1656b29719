/*
 * presence: joins a presence channel as a user, and prints who is there, who comes and who goes,
 * until Enter, Ctrl-C or the end of the input.
 *
 * Compile:  cc presence.c -o presence $(pkg-config --cflags --libs pusherws)
 *      or:  cc presence.c -o presence -Ipath/to/include -Lpath/to/library -lpusherws
 * Run:      PUSHER_KEY=... PUSHER_CLUSTER=eu PUSHER_SECRET=... ./presence ann lobby
 *           (common.h has the other settings; run it twice, as two users, to see them meet)
 */
#define _POSIX_C_SOURCE 200809L /* signal and close, also with -std=c99 */

#include "common.h"

static void print_members(pusher_client *client, const char *channel)
{
    pusher_members *members = NULL;
    int32_t status = pusher_client_members(client, channel, &members);
    if (status != PUSHER_OK) {
        complain("No list of members", status);
        return;
    }
    printf("%s:", channel);
    for (size_t i = 0; i < pusher_members_count(members); i++) {
        const pusher_member *member = pusher_members_at(members, i);
        printf("%s %s%s", i == 0 ? "" : ",", member->user_id, member->is_me ? " (you)" : "");
    }
    putchar('\n');
    pusher_members_free(members);
}

static void on_event(const pusher_event *event, void *user_data)
{
    pusher_client *client = user_data;
    switch (event->kind) {
    case PUSHER_EVENT_SUBSCRIBED: /* also after a reconnect: then the list is news as well */
        print_members(client, event->channel);
        break;
    case PUSHER_EVENT_MEMBER_ADDED:
        printf("+ %s is here; %ld now\n", event->user_id, (long)event->value);
        break;
    case PUSHER_EVENT_MEMBER_REMOVED:
        printf("- %s has gone; %ld now\n", event->user_id, (long)event->value);
        break;
    case PUSHER_EVENT_ERROR: /* such as a lost connection, which is made anew */
    case PUSHER_EVENT_SUBSCRIPTION_ERROR:
        fprintf(stderr, "%s\n", event->data);
        break;
    default: /* later versions add kinds */
        break;
    }
    fflush(stdout);
}

static int join(pusher_client *client, const char *name)
{
    pusher_callback callback = {on_event, NULL, client};
    int32_t status = pusher_client_bind(client, NULL, NULL, &callback, NULL);
    if (status == PUSHER_OK) {
        status = pusher_client_connect(client, NULL);
    }
    /* No need to wait for the connection: the subscription does, and events tell how it goes. */
    if (status == PUSHER_OK) {
        status = pusher_client_subscribe_kind(client, PUSHER_CHANNEL_PRESENCE, name, NULL, NULL);
    }
    if (status != PUSHER_OK) {
        return complain("Cannot join", status);
    }
    wait_for_enter();
    pusher_client_close(client, 2000); /* so that the others see us go at once */
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: %s user [channel]\n", argv[0]);
        return 2;
    }
    let_interrupt_end_input();
    pusher_config *config = config_from_environment();
    if (config == NULL) {
        return 1;
    }
    pusher_client *client = NULL;
    int32_t status = pusher_config_set_presence_user(config, argv[1], NULL);
    if (status == PUSHER_OK) {
        status = pusher_client_new(config, &client);
    }
    pusher_config_free(config);
    const char *channel = argc == 3 ? argv[2] : "lobby";
    int result = status == PUSHER_OK ? join(client, channel) : complain("No client", status);
    pusher_client_free(client);
    return result;
}
