/*
 * Channels: names, subscriptions, bindings, client events, and who is there.
 */
#include "example.h"

//! [callback]
/* Runs on the client's own thread; `event` and its text die when it returns. */
static void on_order(const pusher_event *event, void *user_data)
{
    const char *shop = user_data;
    printf("%s: %s on %s: %s\n", shop, event->name, event->channel,
           event->data != NULL ? event->data : "");
}
//! [callback]

//! [drop]
/* `drop` comes once, after the last call: what the callback needs can be freed there. */
static void free_shop(void *user_data)
{
    free(user_data);
}
//! [drop]

static char *copy_of(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    expect(copy != NULL, "there is memory");
    return strcpy(copy, text);
}

static void bindings(pusher_client *client)
{
    pusher_binding binding = 0;
    //! [bind]
    pusher_callback callback = {on_order, free_shop, copy_of("main street")};
    int32_t status = pusher_client_bind(client, "private-orders", "created", &callback, &binding);
    if (status != PUSHER_OK) {
        fputs("not bound; user_data has been dropped all the same\n", stderr);
    }
    //! [bind]
    must(status);

    //! [bind_with]
    pusher_callback any_order = {on_order, NULL, "all shops"};
    /* Every event whose name ends in -changed, on every private channel. */
    pusher_client_bind_with(client, "private-*", "*-changed", PUSHER_BIND_GLOB, &any_order, NULL);
    /* The first price, and no other. */
    pusher_client_bind_with(client, "prices", "tick", PUSHER_BIND_ONCE, &any_order, NULL);
    //! [bind_with]

    //! [unbind]
    if (pusher_client_unbind(client, binding) == PUSHER_ERR_NOT_FOUND) {
        fputs("it was not bound any more\n", stderr); /* such as one that was for one event */
    }
    //! [unbind]
}

static void names(void)
{
    //! [channel_name]
    char channel[201];
    if (pusher_channel_name(PUSHER_CHANNEL_PRIVATE, "orders", channel, sizeof channel, NULL) ==
        PUSHER_OK) {
        puts(channel); /* private-orders */
    }
    //! [channel_name]
    expect(strcmp(channel, "private-orders") == 0, "the name has its prefix");
}

static void subscriptions(pusher_client *client)
{
    //! [subscribe]
    /* At any time, also before the connection: it stays wanted over every reconnect. */
    pusher_request request = 0;
    int32_t status = pusher_client_subscribe(client, "private-orders", NULL, &request);
    if (status == PUSHER_OK) {
        status = pusher_client_wait(client, request, 15000);
    }
    if (status == PUSHER_ERR_AUTH) {
        fputs("not permitted to read private-orders\n", stderr);
    }
    //! [subscribe]
    must(status);

    //! [subscribe_kind]
    /* As "presence-room", and with a user of its own in place of the config's. */
    pusher_client_subscribe_kind(client, PUSHER_CHANNEL_PRESENCE, "room",
                                 "{\"user_id\":\"ann\",\"user_info\":{\"name\":\"Ann\"}}", &request);
    //! [subscribe_kind]
    finish(client, request);

    //! [channel_state]
    if (pusher_client_channel_state(client, "private-orders") == PUSHER_CHANNEL_STATE_SUBSCRIBED) {
        puts("private-orders is subscribed");
    }
    //! [channel_state]

    //! [channels]
    pusher_channels *channels = NULL;
    if (pusher_client_channels(client, &channels) == PUSHER_OK) {
        for (size_t i = 0; i < pusher_channels_count(channels); i++) {
            printf("%s: state %d\n", pusher_channels_name(channels, i),
                   (int)pusher_channels_state(channels, i));
        }
        pusher_channels_free(channels);
    }
    //! [channels]
}

static void members(pusher_client *client)
{
    //! [members]
    pusher_members *members = NULL;
    if (pusher_client_members(client, "presence-room", &members) == PUSHER_OK) {
        for (size_t i = 0; i < pusher_members_count(members); i++) {
            const pusher_member *member = pusher_members_at(members, i);
            printf("%s %s\n", member->user_id, member->user_info != NULL ? member->user_info : "");
        }
        const pusher_member *ben = pusher_members_find(members, "ben");
        const pusher_member *me = pusher_members_me(members);
        printf("Ben is %s; I am %s\n", ben != NULL ? "here" : "not here",
               me != NULL ? me->user_id : "not listed");
        pusher_members_free(members); /* and every member taken from it */
    }
    //! [members]
}

static void publishing(pusher_client *client)
{
    //! [publish]
    const char *json = "{\"typing\":true}";
    pusher_request request = 0;
    int32_t status = pusher_client_publish(client, "presence-room", "client-typing", json,
                                           strlen(json), &request);
    if (status == PUSHER_OK) {
        status = pusher_client_wait(client, request, 5000); /* handed to the connection */
    }
    //! [publish]
    must(status);
}

static void leaving(pusher_client *client)
{
    //! [unsubscribe]
    pusher_request request = 0;
    pusher_client_unsubscribe(client, "private-orders", &request);
    pusher_client_wait(client, request, 5000); /* none of its events comes after the completed one */
    //! [unsubscribe]
    //! [unsubscribe_all]
    pusher_client_unsubscribe_all(client, NULL); /* the connection stays */
    //! [unsubscribe_all]
}

int main(void)
{
    pusher_config *config = embedded_server();
    pusher_client *client = NULL;
    must(pusher_client_new(config, &client));
    must(pusher_config_free(config));
    must(pusher_client_connect(client, NULL));
    names();
    bindings(client);
    subscriptions(client);
    members(client);
    publishing(client);
    leaving(client);
    must(pusher_client_close(client, 30000));
    must(pusher_client_free(client));
    return 0;
}
