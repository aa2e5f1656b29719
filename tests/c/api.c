/*
 * Every function of the header: success, NULL, stale handles, double free, text that is not UTF-8,
 * numbers out of range; output that is written only on success; messages that help, and tell no
 * secret. The rest is in api_*.c; scripts/test-c.sh checks that no function is missing in all.
 */
#include "harness.h"

/* Library ------------------------------------------------------------------------------------- */

static void versions(void)
{
    CHECK(strcmp(pusher_version(), PUSHER_VERSION) == 0);
    CHECK(pusher_abi_version() == PUSHER_ABI_VERSION);
}

static void status_names(void)
{
    CHECK(strcmp(pusher_status_name(PUSHER_OK), "PUSHER_OK") == 0);
    CHECK(strcmp(pusher_status_name(PUSHER_ERR_ARGUMENT), "PUSHER_ERR_ARGUMENT") == 0);
    CHECK(strcmp(pusher_status_name(PUSHER_ERR_SYSTEM), "PUSHER_ERR_SYSTEM") == 0);
    CHECK(strcmp(pusher_status_name(PUSHER_ERR_DECRYPTION), "PUSHER_ERR_DECRYPTION") == 0);
    for (int32_t status = PUSHER_ERR_RATE_LIMITED; status < 0; status++) {
        CHECK(strncmp(pusher_status_name(status), "PUSHER_ERR_", 11) == 0);
    }
    CHECK(strcmp(pusher_status_name(1), "unknown status") == 0);
    CHECK(strcmp(pusher_status_name(PUSHER_ERR_RATE_LIMITED - 1), "unknown status") == 0);
    CHECK(strcmp(pusher_status_name(INT32_MIN), "unknown status") == 0);
    CHECK(strcmp(pusher_status_name(INT32_MAX), "unknown status") == 0);
}

static void *last_error_of_a_new_thread(void *length)
{
    char buffer[8] = "unset";
    *(size_t *)length = pusher_last_error(buffer, sizeof buffer);
    CHECK(buffer[0] == '\0');
    return NULL;
}

static void last_errors(void)
{
    char whole[512], part[8];
    pthread_t thread;
    size_t other = 99;
    size_t length;

    CHECK(pusher_config_new(NULL) == NULL);
    length = pusher_last_error(NULL, 0);
    CHECK(length > 0 && length < sizeof whole);
    CHECK(pusher_last_error(NULL, 100) == length);
    CHECK(pusher_last_error(whole, sizeof whole) == length && strlen(whole) == length);

    memset(part, '#', sizeof part);
    CHECK(pusher_last_error(part, 0) == length && part[0] == '#');
    CHECK(pusher_last_error(part, 1) == length && part[0] == '\0' && part[1] == '#');
    CHECK(pusher_last_error(part, 5) == length && part[5] == '#');
    CHECK(strlen(part) == 4 && strncmp(part, whole, 4) == 0);
    CHECK(pusher_last_error(whole, length + 1) == length && strlen(whole) == length);

    /* A success does not change it, and each thread has its own. */
    CHECK_OK(pusher_config_free(NULL));
    CHECK(pusher_last_error(NULL, 0) == length);
    CHECK(pthread_create(&thread, NULL, last_error_of_a_new_thread, &other) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(other == 0);
}

/* Config -------------------------------------------------------------------------------------- */

#define CHECK_NO_CONFIG(word, key)                                                                 \
    do {                                                                                           \
        CHECK(pusher_config_new(key) == NULL);                                                     \
        check_message_at(__FILE__, __LINE__, "pusher_config_new(" #key ")", word);                 \
    } while (0)

static void config_new_and_free(void)
{
    pusher_config *config;
    CHECK_NO_CONFIG("key", NULL);
    CHECK_NO_CONFIG("key", "");
    CHECK_NO_CONFIG("key", NOT_UTF8);
    CHECK_NO_CONFIG("key", "a key with spaces");
    CHECK_NO_CONFIG("key", "a\nkey");

    CHECK_OK(pusher_config_free(NULL));
    config = pusher_config_new("app-key");
    CHECK(config != NULL);
    CHECK_OK(pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_free((pusher_config *)(uintptr_t)12345));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_free((pusher_config *)UINTPTR_MAX));
}

/* A handle must not be taken for one of another type. */
static void config_is_no_client(void)
{
    pusher_client *client = new_client("x");
    pusher_config *config = stale_config();
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_tls(config, 1));
    CHECK_OK(pusher_client_free(client));
}

static void config_text_setters(void)
{
    pusher_config *config;
    check_text_setter(pusher_config_set_cluster, "eu", "", "cluster");
    check_text_setter(pusher_config_set_cluster, "us2", "e u/x", "cluster");
    check_text_setter(pusher_config_set_host, "localhost", "", "host");
    check_text_setter(pusher_config_set_host, "127.0.0.1", "http://localhost", "host");
    check_text_setter(pusher_config_set_host, "::1", "localhost:80", "host");
    check_text_setter(pusher_config_set_path, "/realtime", "/a?b#c", "path");
    check_text_setter(pusher_config_set_secret, SECRET, "", "secret");

    config = pusher_config_new("app-key");
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "secret", pusher_config_set_secret(config, SECRET "\xff"));
    CHECK_OK(pusher_config_free(config));
}

static void config_time_setters(void)
{
    check_time_setter(pusher_config_set_connect_timeout, "connect timeout");
    check_time_setter(pusher_config_set_activity_timeout, "activity timeout");
    check_time_setter(pusher_config_set_pong_timeout, "pong timeout");
    check_time_setter(pusher_config_set_subscribe_timeout, "subscribe timeout");
}

static void config_number_setters(void)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK_OK(pusher_config_set_port(config, 1));
    CHECK_OK(pusher_config_set_port(config, 65535));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "port", pusher_config_set_port(config, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "65536", pusher_config_set_port(config, 65536));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "-1", pusher_config_set_port(config, -1));

    CHECK_OK(pusher_config_set_tls(config, 0));
    CHECK_OK(pusher_config_set_tls(config, 1));
    CHECK_OK(pusher_config_set_tls(config, INT32_MIN));

    CHECK_OK(pusher_config_set_backoff(config, 1, 1));
    CHECK_OK(pusher_config_set_backoff(config, 1, 86400000));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "back-off", pusher_config_set_backoff(config, 2, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "back-off", pusher_config_set_backoff(config, 0, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "back-off", pusher_config_set_backoff(config, -1, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "back-off", pusher_config_set_backoff(config, 1, 86400001));

    CHECK_OK(pusher_config_set_max_message_size(config, 1024));
    CHECK_OK(pusher_config_set_max_message_size(config, 268435456));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "message", pusher_config_set_max_message_size(config, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "message", pusher_config_set_max_message_size(config, 1023));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "message",
                pusher_config_set_max_message_size(config, 268435457));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "message",
                pusher_config_set_max_message_size(config, SIZE_MAX));

    CHECK_OK(pusher_config_set_queue_capacity(config, 16));
    CHECK_OK(pusher_config_set_queue_capacity(config, 16777216));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "queue", pusher_config_set_queue_capacity(config, 15));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "queue", pusher_config_set_queue_capacity(config, 16777217));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "queue", pusher_config_set_queue_capacity(config, SIZE_MAX));

    CHECK_OK(pusher_config_free(config));
    for (int i = 0; i < 2; i++) {
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_port(config, 80));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_tls(config, 0));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_backoff(config, 1, 1));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_max_message_size(config, 9999));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_queue_capacity(config, 99));
        config = NULL;
    }
}

static void config_users_and_names(void)
{
    char long_name[80];
    pusher_config *config = pusher_config_new("app-key");

    CHECK_OK(pusher_config_set_presence_user(config, "ann", NULL));
    CHECK_OK(pusher_config_set_presence_user(config, "ann", "{\"name\":\"Ann\"}"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_id",
                pusher_config_set_presence_user(config, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_id",
                pusher_config_set_presence_user(config, NOT_UTF8, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user", pusher_config_set_presence_user(config, "", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "user_info",
                pusher_config_set_presence_user(config, "ann", NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "JSON",
                pusher_config_set_presence_user(config, "ann", "{no json"));

    memset(long_name, 'x', sizeof long_name);
    long_name[65] = '\0';
    CHECK_OK(pusher_config_set_client_name(config, "my-app", "1.0.0"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_set_client_name(config, NULL, "1"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "version", pusher_config_set_client_name(config, "a", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_set_client_name(config, NOT_UTF8, "1"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "version",
                pusher_config_set_client_name(config, "a", NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_set_client_name(config, "", "1"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_set_client_name(config, "a b", "1"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_set_client_name(config, long_name, "1"));
    long_name[64] = '\0';
    CHECK_OK(pusher_config_set_client_name(config, long_name, "1"));

    CHECK_OK(pusher_config_free(config));
    for (int i = 0; i < 2; i++) {
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config",
                    pusher_config_set_presence_user(config, "a", NULL));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_client_name(config, "a", "1"));
        config = NULL;
    }
}

/* Client -------------------------------------------------------------------------------------- */

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

static void nothing(const pusher_event *event, void *user_data)
{
    (void)event;
    (void)user_data;
}

static int drops;

static void count_drop(void *user_data)
{
    CHECK(user_data == &drops);
    drops++;
}

static pusher_callback counting_callback(void)
{
    pusher_callback callback = {nothing, count_drop, NULL};
    callback.user_data = &drops;
    return callback;
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

/* Events -------------------------------------------------------------------------------------- */

static gate borrowed_event_checked = GATE_INITIALIZER;
static pusher_event *kept;

static void keep(const pusher_event *event, void *user_data)
{
    (void)user_data;
    if (kept != NULL) {
        return;
    }
    kept = pusher_event_clone(event);
    CHECK(kept != NULL && kept != event);
    /* A borrowed event is no copy, and not to be freed. */
    CHECK_ERROR(PUSHER_ERR_HANDLE, "event", pusher_event_free((pusher_event *)(uintptr_t)event));
    CHECK(strcmp(event->name, kept->name) == 0);
    gate_set(&borrowed_event_checked, 1);
}

static void events(void)
{
    pusher_client *client = new_client("ann");
    pusher_callback callback = {keep, NULL, NULL};
    pusher_event *copy;

    CHECK(pusher_event_clone(NULL) == NULL);
    CHECK_OK(pusher_event_free(NULL));

    CHECK_OK(pusher_client_bind(client, "a", "pusher:subscription_succeeded", &callback, NULL));
    connect_client(client);
    subscribe_channel(client, "a");
    CHECK(gate_reaches(&borrowed_event_checked, 1));
    CHECK_OK(pusher_client_free(client));

    /* It outlives the callback and the client. */
    CHECK(kept->size == sizeof(pusher_event) && kept->kind == PUSHER_EVENT_SUBSCRIBED);
    CHECK(strcmp(kept->channel, "a") == 0 && kept->channel_len == 1);
    CHECK(kept->name_len == strlen(kept->name));
    copy = pusher_event_clone(kept);
    CHECK(copy != NULL && copy != kept && copy->channel != kept->channel);
    CHECK_OK(pusher_event_free(kept));
    CHECK(strcmp(copy->channel, "a") == 0);
    CHECK_ERROR(PUSHER_ERR_HANDLE, "event", pusher_event_free(kept));
    CHECK_OK(pusher_event_free(copy));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "event", pusher_event_free(copy));
}

static const test tests[] = {
    {"versions", versions},
    {"status_names", status_names},
    {"last_errors", last_errors},
    {"config_new_and_free", config_new_and_free},
    {"config_is_no_client", config_is_no_client},
    {"config_text_setters", config_text_setters},
    {"config_time_setters", config_time_setters},
    {"config_number_setters", config_number_setters},
    {"config_users_and_names", config_users_and_names},
    {"client_new_and_free", client_new_and_free},
    {"client_handles", client_handles},
    {"requests_and_waiting", requests_and_waiting},
    {"socket_ids", socket_ids},
    {"binding", binding},
    {"closing", closing},
    {"channel_names", channel_names},
    {"subscribing", subscribing},
    {"publishing", publishing},
    {"members", members},
    {"events", events},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
