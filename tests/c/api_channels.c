/*
 * Binding once and with patterns, and lists of channels.
 */
#include "support.h"

/* Binding and channels ------------------------------------------------------------------------ */

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
