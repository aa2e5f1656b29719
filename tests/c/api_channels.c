/*
 * Names of channels, subscribing, publishing; lists of channels and of members; binding once and with
 * patterns.
 */
#include "support.h"

/* Channels ------------------------------------------------------------------------------------ */

static void channel_names(void)
{
    static const char *const prefixes[] = {
        "",       "private-",       "presence-",          "cache-", "private-cache-",
        "presence-cache-", "private-encrypted-", "private-encrypted-cache-",
    };
    char name[201], long_name[260], expected[64];
    size_t length = 77;

    for (int32_t kind = PUSHER_CHANNEL_PUBLIC; kind <= PUSHER_CHANNEL_PRIVATE_ENCRYPTED_CACHE;
         kind++) {
        snprintf(expected, sizeof expected, "%sorders", prefixes[kind]);
        CHECK_OK(pusher_channel_name(kind, "orders", name, sizeof name, &length));
        CHECK(strcmp(name, expected) == 0 && length == strlen(expected));
        CHECK_OK(pusher_channel_name(kind, expected, name, sizeof name, NULL));
        CHECK(strcmp(name, expected) == 0);
    }

    strcpy(name, "untouched");
    length = 77;
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "kind",
                pusher_channel_name(-1, "a", name, sizeof name, &length));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "kind",
                pusher_channel_name(8, "a", name, sizeof name, &length));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "kind",
                pusher_channel_name(INT32_MAX, "a", name, sizeof name, &length));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name",
                pusher_channel_name(1, NULL, name, sizeof name, &length));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name",
                pusher_channel_name(1, NOT_UTF8, name, sizeof name, &length));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name", pusher_channel_name(1, "", name, sizeof name, &length));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "a b",
                pusher_channel_name(1, "a b", name, sizeof name, &length));
    /* A public channel by a private one's name would be a surprise. */
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "private",
                pusher_channel_name(0, "private-a", name, sizeof name, &length));
    memset(long_name, 'a', sizeof long_name);
    long_name[193] = '\0';
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "limit",
                pusher_channel_name(1, long_name, name, sizeof name, &length));
    CHECK(length == 77 && strcmp(name, "untouched") == 0);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "buffer", pusher_channel_name(1, "a", NULL, 10, NULL));
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "name", pusher_channel_name(1, "abc", name, 11, &length));
    CHECK(length == 11 && strcmp(name, "untouched") == 0);
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "name", pusher_channel_name(1, "abc", name, 0, NULL));
    CHECK_OK(pusher_channel_name(1, "abc", name, 12, &length));
    CHECK(length == 11 && strcmp(name, "private-abc") == 0);
    long_name[192] = '\0';
    CHECK_OK(pusher_channel_name(1, long_name, name, sizeof name, &length));
    CHECK(length == 200);
}

static void subscribing(void)
{
    pusher_client *client = new_client("ann");
    pusher_request request = 77;
    const char *user = "{\"user_id\":\"7\",\"user_info\":{\"name\":\"Ann\"}}";

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_subscribe(client, NULL, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_subscribe(client, NOT_UTF8, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name", pusher_client_subscribe(client, "", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "a b", pusher_client_subscribe(client, "a b", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "private-",
                pusher_client_subscribe(client, "private-", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel_data",
                pusher_client_subscribe(client, "presence-a", NOT_UTF8, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_id",
                pusher_client_subscribe(client, "presence-a", "{}", &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "JSON",
                pusher_client_subscribe(client, "presence-a", "{no json", &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel_data",
                pusher_client_subscribe(client, "public", user, &request));

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "kind",
                pusher_client_subscribe_kind(client, -1, "a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "kind",
                pusher_client_subscribe_kind(client, 8, "a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name",
                pusher_client_subscribe_kind(client, 1, NULL, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name",
                pusher_client_subscribe_kind(client, 1, NOT_UTF8, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name",
                pusher_client_subscribe_kind(client, 1, "", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel_data",
                pusher_client_subscribe_kind(client, 2, "a", NOT_UTF8, &request));

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", pusher_client_unsubscribe(client, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_unsubscribe(client, NOT_UTF8, &request));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name", pusher_client_unsubscribe(client, "", &request));

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", pusher_client_channel_state(client, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", pusher_client_channel_state(client, NOT_UTF8));
    CHECK(pusher_client_channel_state(client, "a") == PUSHER_CHANNEL_STATE_NONE);
    CHECK(request == 77);

    connect_client(client);
    CHECK_OK(pusher_client_subscribe(client, "a", NULL, NULL));
    subscribe_channel(client, "a");
    CHECK(pusher_client_channel_state(client, "a") == PUSHER_CHANNEL_STATE_SUBSCRIBED);
    CHECK_OK(pusher_client_subscribe(client, "presence-a", user, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_subscribe_kind(client, PUSHER_CHANNEL_PRIVATE, "a", NULL, NULL));
    CHECK_OK(pusher_client_subscribe_kind(client, PUSHER_CHANNEL_PRIVATE, "a", NULL, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK(pusher_client_channel_state(client, "private-a") == PUSHER_CHANNEL_STATE_SUBSCRIBED);

    CHECK_OK(pusher_client_unsubscribe(client, "a", &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK(pusher_client_channel_state(client, "a") == PUSHER_CHANNEL_STATE_NONE);
    CHECK_OK(pusher_client_unsubscribe(client, "a", NULL));
    CHECK_OK(pusher_client_unsubscribe(client, "a", &request));
    CHECK_ERROR(PUSHER_ERR_NOT_SUBSCRIBED, "'a'", pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
}

static void publishing(void)
{
    pusher_client *client = new_client("ann");
    pusher_request request = 77;
    char long_name[300];
    memset(long_name, 'e', sizeof long_name);
    long_name[299] = '\0';

    CHECK_ERROR(PUSHER_ERR_FORBIDDEN, "public",
                pusher_client_publish(client, "a", "e", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_FORBIDDEN, "cache",
                pusher_client_publish(client, "cache-a", "e", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_FORBIDDEN, "encrypted",
                pusher_client_publish(client, "private-encrypted-a", "e", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_publish(client, NULL, "e", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_publish(client, NOT_UTF8, "e", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name",
                pusher_client_publish(client, "", "e", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_client_publish(client, "private-a", NULL, "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_client_publish(client, "private-a", NOT_UTF8, "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_client_publish(client, "private-a", "", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "name",
                pusher_client_publish(client, "private-a", long_name, "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data",
                pusher_client_publish(client, "private-a", "e", NULL, 1, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data",
                pusher_client_publish(client, "private-a", "e", NOT_UTF8, 5, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "data",
                pusher_client_publish(client, "private-a", "e", "1", SIZE_MAX, &request));
    CHECK(request == 77);

    connect_client(client);
    CHECK_OK(pusher_client_publish(client, "private-a", "e", "1", 1, &request));
    CHECK_ERROR(PUSHER_ERR_NOT_SUBSCRIBED, "private-a",
                pusher_client_wait(client, request, PATIENCE_MS));
    subscribe_channel(client, "private-a");
    publish_text(client, "private-a", "e", "{}");
    publish_text(client, "private-a", "client-e", "text");
    CHECK_OK(pusher_client_publish(client, "private-a", "e", NULL, 0, NULL));
    CHECK_OK(pusher_client_free(client));
}

/* Members ------------------------------------------------------------------------------------- */

static void members(void)
{
    pusher_client *client = new_client("ann");
    pusher_members *const untouched = (pusher_members *)(uintptr_t)7;
    pusher_members *list = untouched;
    const pusher_member *me;

    CHECK_ERROR(PUSHER_ERR_NOT_SUBSCRIBED, "presence-a",
                pusher_client_members(client, "presence-a", &list));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "presence", pusher_client_members(client, "a", &list));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "name", pusher_client_members(client, "", &list));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", pusher_client_members(client, NULL, &list));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel", pusher_client_members(client, NOT_UTF8, &list));
    CHECK(list == untouched);

    connect_client(client);
    subscribe_channel(client, "presence-a");
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "members", pusher_client_members(client, "presence-a", NULL));
    CHECK_OK(pusher_client_members(client, "presence-a", &list));
    CHECK(pusher_members_count(list) == 1);
    me = pusher_members_at(list, 0);
    CHECK(me != NULL && me->size == sizeof(pusher_member) && me->is_me == 1);
    CHECK(strcmp(me->user_id, "ann") == 0 && me->user_id_len == 3);
    CHECK(me->user_info == NULL && me->user_info_len == 0);
    CHECK(pusher_members_find(list, "ann") == me && pusher_members_me(list) == me);
    CHECK(pusher_members_at(list, 1) == NULL);
    CHECK(pusher_members_at(list, SIZE_MAX) == NULL);
    CHECK(pusher_members_find(list, "ben") == NULL);
    CHECK(pusher_members_find(list, "") == NULL);
    CHECK(pusher_members_find(list, NULL) == NULL);
    CHECK(pusher_members_find(list, NOT_UTF8) == NULL);

    /* It is a snapshot: its client may go. */
    CHECK_OK(pusher_client_free(client));
    CHECK(strcmp(me->user_id, "ann") == 0);

    CHECK_OK(pusher_members_free(NULL));
    CHECK_OK(pusher_members_free(list));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "members", pusher_members_free(list));
    for (int i = 0; i < 2; i++) {
        CHECK(pusher_members_count(list) == 0);
        CHECK(pusher_members_at(list, 0) == NULL);
        CHECK(pusher_members_find(list, "ann") == NULL);
        CHECK(pusher_members_me(list) == NULL);
        list = NULL;
    }
}

/* Binding and lists --------------------------------------------------------------------------- */

static void binding_with(void)
{
    pusher_client *client = new_client("ann");
    pusher_callback callback = counting_callback();
    pusher_callback no_call = callback;
    pusher_binding first = 0, second = 0, untouched = 77;
    no_call.call = NULL;
    drops = 0;

    CHECK_OK(pusher_client_bind_with(client, "a", "b", 0, &callback, &first));
    CHECK_OK(pusher_client_bind_with(client, "a-*", "{b,c}?[d-f]",
                                     PUSHER_BIND_ONCE | PUSHER_BIND_GLOB, &callback, &second));
    CHECK_OK(pusher_client_bind_with(client, NULL, NULL, PUSHER_BIND_ONCE, &callback, NULL));
    CHECK(first != 0 && second != 0 && first != second && drops == 0);

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "callback",
                pusher_client_bind_with(client, NULL, NULL, 0, NULL, &untouched));
    CHECK(drops == 0);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "call",
                pusher_client_bind_with(client, NULL, NULL, 0, &no_call, &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_bind_with(client, NOT_UTF8, NULL, 0, &callback, &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_client_bind_with(client, NULL, NOT_UTF8, 0, &callback, &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "flags",
                pusher_client_bind_with(client, NULL, NULL, 4, &callback, &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "flags",
                pusher_client_bind_with(client, NULL, NULL, -1, &callback, &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_bind_with(client, "[a", NULL, PUSHER_BIND_GLOB, &callback,
                                        &untouched));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_client_bind_with(client, NULL, "{a,b", PUSHER_BIND_GLOB, &callback,
                                        &untouched));
    CHECK(drops == 7 && untouched == 77);
    /* Without the flag it is a name like every other. */
    CHECK_OK(pusher_client_bind_with(client, "[a", "{a,b", 0, &callback, NULL));

    CHECK_OK(pusher_client_unbind(client, first));
    CHECK_OK(pusher_client_unbind(client, second));
    CHECK(drops == 9);
    CHECK_OK(pusher_client_free(client));
    CHECK(drops == 11);
}

static void lists_of_channels(void)
{
    pusher_client *client = new_client("ann");
    pusher_channels *list = NULL;
    pusher_request request = 0;

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channels", pusher_client_channels(client, NULL));
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(list != NULL && pusher_channels_count(list) == 0);
    CHECK(pusher_channels_name(list, 0) == NULL);
    CHECK_ERROR(PUSHER_ERR_NOT_FOUND, "channel", pusher_channels_state(list, 0));
    CHECK_OK(pusher_channels_free(list));

    connect_client(client);
    subscribe_channel(client, "private-a");
    subscribe_channel(client, "news");
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(pusher_channels_count(list) == 2);
    CHECK(strcmp(pusher_channels_name(list, 0), "news") == 0);
    CHECK(strcmp(pusher_channels_name(list, 1), "private-a") == 0);
    CHECK(pusher_channels_state(list, 1) == PUSHER_CHANNEL_STATE_SUBSCRIBED);
    CHECK(pusher_channels_name(list, 2) == NULL && pusher_channels_name(list, SIZE_MAX) == NULL);
    CHECK_ERROR(PUSHER_ERR_NOT_FOUND, "channel", pusher_channels_state(list, 2));
    CHECK_ERROR(PUSHER_ERR_NOT_FOUND, "channel", pusher_channels_state(list, SIZE_MAX));

    CHECK_OK(pusher_client_unsubscribe_all(client, NULL));
    CHECK_OK(pusher_client_unsubscribe_all(client, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
    /* It is a snapshot: nothing of this changes it. */
    CHECK(pusher_channels_count(list) == 2);
    CHECK(strcmp(pusher_channels_name(list, 0), "news") == 0);

    CHECK_OK(pusher_channels_free(NULL));
    CHECK_OK(pusher_channels_free(list));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "channels", pusher_channels_free(list));
    for (int i = 0; i < 2; i++) {
        CHECK(pusher_channels_count(list) == 0 && pusher_channels_name(list, 0) == NULL);
        CHECK_ERROR(PUSHER_ERR_HANDLE, "channels", pusher_channels_state(list, 0));
        list = NULL;
    }
}

static const test tests[] = {
    {"channel_names", channel_names},
    {"subscribing", subscribing},
    {"publishing", publishing},
    {"members", members},
    {"binding_with", binding_with},
    {"lists_of_channels", lists_of_channels},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
