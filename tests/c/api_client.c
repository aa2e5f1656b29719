/*
 * A client: making and freeing it, requests and waiting, binding, closing.
 */
#include "support.h"

static void client_new_and_free(void)
{
    pusher_client *const untouched = (pusher_client *)(uintptr_t)7;
    pusher_client *client = untouched;
    pusher_config *config = pusher_config_new("app-key");

    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "host", pusher_client_new(config, &client));
    CHECK_OK(pusher_config_set_host(config, "localhost"));
    CHECK_OK(pusher_config_set_cluster(config, "eu"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "both", pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_client_new(config, &client));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_client_new(NULL, &client));
    CHECK(client == untouched);

    config = new_config();
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "client", pusher_client_new(config, NULL));
    CHECK_OK(pusher_client_new(config, &client));
    CHECK(client != untouched && client != NULL);
    CHECK_OK(pusher_config_free(config));
    CHECK(pusher_client_state(client) == PUSHER_STATE_INITIALIZED);

    CHECK_OK(pusher_client_free(NULL));
    CHECK_OK(pusher_client_free(client));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_free(client));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_free(untouched));
}

/* Every function of a client refuses what is none, and writes nothing. */
static void client_handles(void)
{
    pusher_client *bad[3];
    pusher_callback callback = counting_callback();
    bad[0] = NULL;
    bad[1] = stale_client();
    bad[2] = (pusher_client *)(uintptr_t)0x7fff1234;
    drops = 0;
    for (int i = 0; i < 3; i++) {
        pusher_client *client = bad[i];
        pusher_request request = 77;
        pusher_binding binding = 77;
        pusher_members *const untouched = (pusher_members *)(uintptr_t)7;
        pusher_members *members = untouched;
        char text[80] = "untouched";
        size_t length = 77;

        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_connect(client, &request));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_disconnect(client, &request));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_ping(client, &request));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_wait(client, 1, 0));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_state(client));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client",
                    pusher_client_socket_id(client, text, sizeof text, &length));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client",
                    pusher_client_bind(client, NULL, NULL, &callback, &binding));
        CHECK(drops == i + 1);
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_unbind(client, 1));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_close(client, 0));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client",
                    pusher_client_subscribe(client, "a", NULL, &request));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client",
                    pusher_client_subscribe_kind(client, 0, "a", NULL, &request));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_unsubscribe(client, "a", &request));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client",
                    pusher_client_publish(client, "private-a", "e", "1", 1, &request));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_channel_state(client, "a"));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client",
                    pusher_client_members(client, "presence-a", &members));
        CHECK(request == 77 && binding == 77 && length == 77);
        CHECK(members == untouched && strcmp(text, "untouched") == 0);
    }
}

static void requests_and_waiting(void)
{
    pusher_client *client = new_client("ann");
    pusher_request first = 0, second = 0;

    CHECK_ERROR(PUSHER_ERR_NOT_FOUND, "request", pusher_client_wait(client, 0, 0));
    CHECK_ERROR(PUSHER_ERR_NOT_FOUND, "request", pusher_client_wait(client, 99, -1));

    CHECK_OK(pusher_client_ping(client, &first));
    CHECK_ERROR(PUSHER_ERR_NOT_CONNECTED, "connect",
                pusher_client_wait(client, first, PATIENCE_MS));
    CHECK_OK(pusher_client_ping(client, NULL));

    CHECK_OK(pusher_client_connect(client, &first));
    CHECK_OK(pusher_client_wait(client, first, -1));
    CHECK_OK(pusher_client_wait(client, first, 0)); /* a result may be asked for again */
    CHECK(pusher_client_state(client) == PUSHER_STATE_CONNECTED);
    CHECK_OK(pusher_client_connect(client, &second));
    CHECK(first != 0 && second != 0 && first != second);
    CHECK_OK(pusher_client_wait(client, second, PATIENCE_MS));
    CHECK_OK(pusher_client_connect(client, NULL));

    CHECK_OK(pusher_client_ping(client, &first));
    CHECK_OK(pusher_client_wait(client, first, PATIENCE_MS));

    order("faults", "{\"fault\":\"ignore_pings\"}");
    CHECK_OK(pusher_client_ping(client, &second));
    CHECK_ERROR(PUSHER_ERR_TIMEOUT, "request", pusher_client_wait(client, second, 0));
    CHECK_ERROR(PUSHER_ERR_TIMEOUT, "request", pusher_client_wait(client, second, 20));
    order("clear", "{}");

    CHECK_OK(pusher_client_disconnect(client, &first));
    CHECK_OK(pusher_client_wait(client, first, PATIENCE_MS));
    CHECK(pusher_client_state(client) == PUSHER_STATE_DISCONNECTED);
    CHECK_STATUS(PUSHER_ERR_NOT_CONNECTED, pusher_client_wait(client, second, PATIENCE_MS));
    CHECK_OK(pusher_client_disconnect(client, NULL));
    CHECK_OK(pusher_client_free(client));
}

static void socket_ids(void)
{
    pusher_client *client = new_client("ann");
    char id[70], same_id[70];
    size_t length = 77;

    strcpy(id, "untouched");
    CHECK_ERROR(PUSHER_ERR_NOT_CONNECTED, "socket id",
                pusher_client_socket_id(client, id, sizeof id, &length));
    CHECK(strcmp(id, "untouched") == 0 && length == 77);

    connect_client(client);
    CHECK_OK(pusher_client_socket_id(client, id, sizeof id, &length));
    CHECK(length > 0 && strlen(id) == length && strchr(id, '.') != NULL);
    CHECK_OK(pusher_client_socket_id(client, same_id, sizeof same_id, NULL));
    CHECK(strcmp(id, same_id) == 0);
    CHECK_OK(pusher_client_socket_id(client, same_id, length + 1, NULL));
    CHECK(strcmp(id, same_id) == 0);

    strcpy(same_id, "untouched");
    length = 77;
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "socket id",
                pusher_client_socket_id(client, same_id, strlen(id), &length));
    CHECK(length == strlen(id) && strcmp(same_id, "untouched") == 0);
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "socket id",
                pusher_client_socket_id(client, same_id, 0, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "buffer",
                pusher_client_socket_id(client, NULL, sizeof id, &length));
    CHECK(strcmp(same_id, "untouched") == 0);
    CHECK_OK(pusher_client_free(client));
}

static void binding(void)
{
    pusher_client *client = new_client("ann");
    pusher_callback callback = counting_callback();
    pusher_callback no_call = callback, no_drop = callback;
    pusher_binding first = 0, second = 0, untouched = 77;
    no_call.call = NULL;
    no_drop.drop = NULL;
    drops = 0;

    CHECK_OK(pusher_client_bind(client, NULL, NULL, &callback, NULL));
    CHECK_OK(pusher_client_bind(client, "a", "b", &callback, &first));
    CHECK_OK(pusher_client_bind(client, "a", "b", &no_drop, &second));
    CHECK(first != 0 && second != 0 && first != second && drops == 0);

    /* user_data is the library's from here on, also where binding fails. */
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "callback",
                pusher_client_bind(client, NULL, NULL, NULL, &untouched));
    CHECK(drops == 0);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "call",
                pusher_client_bind(client, NULL, NULL, &no_call, &untouched));
    CHECK(drops == 1);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "channel",
                pusher_client_bind(client, NOT_UTF8, NULL, &callback, &untouched));
    CHECK(drops == 2);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "event",
                pusher_client_bind(client, NULL, NOT_UTF8, &callback, &untouched));
    CHECK(drops == 3 && untouched == 77);

    CHECK_OK(pusher_client_unbind(client, first));
    CHECK_ERROR(PUSHER_ERR_NOT_FOUND, "binding", pusher_client_unbind(client, first));
    CHECK_ERROR(PUSHER_ERR_NOT_FOUND, "binding", pusher_client_unbind(client, 0));
    CHECK_ERROR(PUSHER_ERR_NOT_FOUND, "binding", pusher_client_unbind(client, UINT64_MAX));
    CHECK(drops == 4);
    CHECK_OK(pusher_client_unbind(client, second));

    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
    CHECK(drops == 5);
}

static void closing(void)
{
    pusher_client *client = new_client("ann");
    pusher_callback callback = counting_callback();
    pusher_request request = 77;
    drops = 0;

    connect_client(client);
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "timeout", pusher_client_close(client, -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "timeout", pusher_client_close(client, INT32_MIN));
    CHECK(pusher_client_state(client) == PUSHER_STATE_CONNECTED);
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_close(client, PATIENCE_MS)); /* already done */
    CHECK_OK(pusher_client_close(client, 0));
    CHECK(pusher_client_state(client) == PUSHER_STATE_DISCONNECTED);

    CHECK_ERROR(PUSHER_ERR_CLOSED, "closed", pusher_client_connect(client, &request));
    CHECK_ERROR(PUSHER_ERR_CLOSED, "closed", pusher_client_disconnect(client, &request));
    CHECK_ERROR(PUSHER_ERR_CLOSED, "closed", pusher_client_ping(client, &request));
    CHECK_ERROR(PUSHER_ERR_CLOSED, "closed", pusher_client_subscribe(client, "a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_CLOSED, "closed",
                pusher_client_subscribe_kind(client, 0, "a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_CLOSED, "closed", pusher_client_unsubscribe(client, "a", &request));
    CHECK_ERROR(PUSHER_ERR_CLOSED, "closed",
                pusher_client_publish(client, "private-a", "e", "1", 1, &request));
    CHECK(request == 77);
    CHECK_ERROR(PUSHER_ERR_CLOSED, "closed",
                pusher_client_bind(client, NULL, NULL, &callback, NULL));
    CHECK(drops == 1);
    CHECK_OK(pusher_client_free(client));
}

static const test tests[] = {
    {"client_new_and_free", client_new_and_free},
    {"client_handles", client_handles},
    {"requests_and_waiting", requests_and_waiting},
    {"socket_ids", socket_ids},
    {"binding", binding},
    {"closing", closing},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
