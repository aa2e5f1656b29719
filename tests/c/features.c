/*
 * Authorisation, encryption, users, the HTTP API, limits and patterns, against the embedded server.
 */
#include "harness.h"

/* A server as it was at the beginning: no faults, no connections, and nothing demanded. */
static void fresh_server(void)
{
    order("reset", "{}");
    order("auth", "{}");
}

/* For the server, without a secret. */
static pusher_config *plain_config(void)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK(config != NULL);
    CHECK_OK(pusher_config_set_host(config, "127.0.0.1"));
    CHECK_OK(pusher_config_set_port(config, server_port()));
    CHECK_OK(pusher_config_set_tls(config, 0));
    CHECK_OK(pusher_config_set_backoff(config, 1, 20));
    return config;
}

/* The server's own endpoints authorise, for this user. */
static pusher_config *endpoint_config(const char *user_id)
{
    char url[80];
    pusher_config *config = plain_config();
    snprintf(url, sizeof url, "http://127.0.0.1:%d/pusher/auth", server_port());
    CHECK_OK(pusher_config_set_auth_endpoint(config, url));
    snprintf(url, sizeof url, "http://127.0.0.1:%d/pusher/user-auth", server_port());
    CHECK_OK(pusher_config_set_user_auth_endpoint(config, url));
    CHECK_OK(pusher_config_add_auth_param(config, "user_id", user_id));
    return config;
}

/* All that the application's own server may know. */
static pusher_config *server_config(const char *user_id)
{
    char user[80];
    pusher_config *config = new_config();
    CHECK_OK(pusher_config_set_app_id(config, "app-id"));
    CHECK_OK(pusher_config_set_encryption_master_key(config, SERVER_MASTER_KEY));
    CHECK_OK(pusher_config_set_presence_user(config, user_id, NULL));
    snprintf(user, sizeof user, "{\"id\":\"%s\",\"watchlist\":[\"ben\"]}", user_id);
    CHECK_OK(pusher_config_set_user(config, user));
    return config;
}

/* Makes a client of a config, which is freed, and records all of its events. */
static pusher_client *make_client(pusher_config *config, recorder *events)
{
    pusher_client *client = NULL;
    CHECK_OK(pusher_client_new(config, &client));
    CHECK_OK(pusher_config_free(config));
    recorder_bind(events, client, NULL, NULL);
    return client;
}

static void end_client(pusher_client *client, recorder *events)
{
    CHECK_OK(pusher_client_free(client));
    recorder_free(events);
}

/* The key and the secret of a test vector. */
static pusher_config *keys(const char *key, const char *secret)
{
    pusher_config *config = pusher_config_new(key);
    CHECK(config != NULL);
    CHECK_OK(pusher_config_set_secret(config, secret));
    return config;
}

static void wait_for(pusher_client *client, pusher_request request)
{
    CHECK(request != 0);
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
}

/* What the HTTP API answered to a request that has just been made. */
#define CHECK_ANSWER(events, request, part)                                                        \
    do {                                                                                           \
        const pusher_event *done = WAIT_COMPLETED(events, request);                                \
        CHECK(done->status == PUSHER_OK);                                                          \
        if (done->data == NULL || strstr(done->data, part) == NULL) {                              \
            FAIL("%s is not in the answer %s", part, done->data != NULL ? done->data : "(none)");  \
        }                                                                                          \
    } while (0)

/* Takes the text behind `"name":"` out of JSON whose strings need no unescaping. */
static void text_of(const char *json, const char *name, char *buffer, size_t capacity)
{
    char start[40];
    snprintf(start, sizeof start, "\"%s\":\"", name);
    const char *text = strstr(json, start);
    CHECK(text != NULL);
    text += strlen(start);
    size_t length = strcspn(text, "\"");
    CHECK(length < capacity);
    memcpy(buffer, text, length);
    buffer[length] = '\0';
}

/* The auth string of one channel, as an application's endpoint makes it. */
static void make_auth(const char *socket_id, const char *channel, const char *data, char *auth,
                      size_t capacity)
{
    char json[512];
    pusher_config *config = keys("app-key", SECRET);
    CHECK_OK(pusher_config_set_encryption_master_key(config, MASTER_KEY));
    CHECK_OK(pusher_authorize_channel(config, socket_id, channel, data, json, sizeof json, NULL));
    text_of(json, "auth", auth, capacity);
    CHECK_OK(pusher_config_free(config));
}

/* The endpoint -------------------------------------------------------------------------------- */

static void an_endpoint_authorises_as_form_and_as_json(void)
{
    static const char *const channels[] = {
        "private-a", "presence-b", "private-cache-c", "presence-cache-d", "private-encrypted-e",
    };
    fresh_server();
    order("auth", "{\"required_header\":[\"Authorization\",\"" TOKEN "\"],"
                  "\"required_param\":[\"purpose\",\"a & b=c\"]}");
    for (int json = 0; json < 2; json++) {
        recorder *events = recorder_new();
        pusher_config *config = endpoint_config("ann");
        pusher_members *members = NULL;
        CHECK_OK(pusher_config_set_auth_json(config, json));
        CHECK_OK(pusher_config_add_auth_header(config, "Authorization", TOKEN));
        CHECK_OK(pusher_config_add_auth_param(config, "purpose", "a & b=c"));
        pusher_client *client = make_client(config, events);
        connect_client(client);
        for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
            subscribe_channel(client, channels[i]);
        }
        CHECK_OK(pusher_client_members(client, "presence-b", &members));
        CHECK(pusher_members_me(members) != NULL);
        CHECK(strcmp(pusher_members_me(members)->user_id, "ann") == 0);
        CHECK_OK(pusher_members_free(members));
        end_client(client, events);
    }
}

static void an_endpoint_refuses(void)
{
    recorder *events = recorder_new();
    pusher_config *config = endpoint_config("ann");
    const pusher_event *event;
    pusher_request request = 0;
    fresh_server();
    order("auth", "{\"required_header\":[\"Authorization\",\"" TOKEN "\"]}");
    CHECK_OK(pusher_config_add_auth_header(config, "Authorization", TOKEN " no more"));
    pusher_client *client = make_client(config, events);
    connect_client(client);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "403", pusher_client_wait(client, request, PATIENCE_MS));
    event = WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIPTION_ERROR, "private-a", NULL, 1);
    CHECK(event->status == PUSHER_ERR_AUTH && event->code == 403);

    /* Each of these is an error of its own, and none shows what was sent or answered. */
    order("auth", "{}");
    order("faults", "{\"fault\":\"auth_garbage\",\"times\":1}");
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "JSON", pusher_client_wait(client, request, PATIENCE_MS));
    order("faults", "{\"fault\":\"auth_wrong_signature\",\"times\":1}");
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "private-a", pusher_client_wait(client, request, PATIENCE_MS));
    /* No verdict: asked again. */
    order("faults", "{\"fault\":\"auth_status\",\"status\":503,\"times\":1}");
    subscribe_channel(client, "private-a");
    end_client(client, events);
}

static void an_endpoint_that_hangs_times_out(void)
{
    recorder *events = recorder_new();
    pusher_config *config = endpoint_config("ann");
    pusher_request request = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_auth_timeout(config, 20));
    pusher_client *client = make_client(config, events);
    connect_client(client);
    order("faults", "{\"fault\":\"auth_hang\"}");
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_TIMEOUT, "private-a", pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, events);
}

static void channels_before_connecting_are_one_request(void)
{
    enum { COUNT = 5 };
    for (int json = 0; json < 2; json++) {
        recorder *events = recorder_new();
        pusher_config *config = endpoint_config("ann");
        pusher_request requests[COUNT];
        fresh_server();
        CHECK_OK(pusher_config_set_auth_batches(config, 1));
        CHECK_OK(pusher_config_set_auth_json(config, json));
        CHECK_OK(pusher_config_set_auth_prepared(config, 1));
        pusher_client *client = make_client(config, events);
        for (int i = 0; i < COUNT; i++) {
            char channel[40];
            snprintf(channel, sizeof channel, "private-%d", i);
            CHECK_OK(pusher_client_subscribe(client, channel, NULL, &requests[i]));
        }
        CHECK_OK(pusher_client_connect(client, NULL));
        /* One question for all of them, which names them all. */
        const pusher_event *event = WAIT_EVENT(events, PUSHER_EVENT_PREPARE_AUTHORIZATION, NULL,
                                               "pusher:prepare_authorization", 1);
        CHECK(event->channel == NULL && event->data != NULL && event->value == 0);
        CHECK(strcmp(event->data, "private-0\nprivate-1\nprivate-2\nprivate-3\nprivate-4") == 0);
        CHECK_OK(pusher_client_prepare(client, event->request, NULL, NULL));
        for (int i = 0; i < COUNT; i++) {
            wait_for(client, requests[i]);
        }
        CHECK(recorder_count(events, PUSHER_EVENT_PREPARE_AUTHORIZATION, NULL, NULL) == 1);
        end_client(client, events);
    }
}

/* The first token is refused; the library asks for another one. */
static void supply_token(const pusher_event *event, void *user_data)
{
    const char *headers[] = {"Authorization", "old", NULL};
    const char *const params[] = {"user_id", "zoe", NULL};
    CHECK(event->kind == PUSHER_EVENT_PREPARE_AUTHORIZATION && event->request != 0);
    CHECK(event->socket_id != NULL && event->socket_id_len == strlen(event->socket_id));
    if (event->value == 1) {
        headers[1] = TOKEN;
    }
    CHECK_OK(pusher_client_prepare((pusher_client *)user_data, event->request, headers, params));
}

static void a_fresh_token_after_a_refusal(void)
{
    recorder *events = recorder_new();
    pusher_config *config = endpoint_config("ann");
    pusher_callback callback = {supply_token, NULL, NULL};
    pusher_members *members = NULL;
    const pusher_event *event;
    pusher_request request = 0;
    fresh_server();
    order("auth", "{\"required_header\":[\"Authorization\",\"" TOKEN "\"]}");
    CHECK_OK(pusher_config_set_auth_prepared(config, 1));
    CHECK_OK(pusher_config_add_auth_header(config, "Authorization", "older"));
    pusher_client *client = make_client(config, events);
    callback.user_data = client;
    CHECK_OK(pusher_client_bind(client, NULL, "pusher:prepare_authorization", &callback, NULL));
    connect_client(client);
    subscribe_channel(client, "presence-a");
    event = WAIT_EVENT(events, PUSHER_EVENT_PREPARE_AUTHORIZATION, "presence-a", NULL, 1);
    CHECK(event->value == 0);
    event = WAIT_EVENT(events, PUSHER_EVENT_PREPARE_AUTHORIZATION, "presence-a", NULL, 2);
    CHECK(event->value == 1);
    /* Its parameters win over the config's, too. */
    CHECK_OK(pusher_client_members(client, "presence-a", &members));
    CHECK(strcmp(pusher_members_me(members)->user_id, "zoe") == 0);
    CHECK_OK(pusher_members_free(members));

    /* A refusal after the fresh one is a refusal. */
    order("auth", "{\"required_header\":[\"Authorization\",\"another\"]}");
    CHECK_OK(pusher_client_subscribe(client, "private-b", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "403", pusher_client_wait(client, request, PATIENCE_MS));
    CHECK(recorder_count(events, PUSHER_EVENT_PREPARE_AUTHORIZATION, NULL, NULL) == 4);
    end_client(client, events);
}

/* The application ----------------------------------------------------------------------------- */

#define MEMBER "{\"user_id\":\"7\",\"user_info\":{\"name\":\"Zo\xc3\xab\"}}"

static void answer_question(pusher_client *client, const pusher_event *event)
{
    char auth[128];
    const char *data = strncmp(event->channel, "presence-", 9) == 0 ? MEMBER : NULL;
    CHECK(event->kind == PUSHER_EVENT_AUTHORIZE && event->request != 0);
    CHECK(event->socket_id != NULL);
    if (strcmp(event->channel, "private-no") == 0) {
        CHECK_OK(pusher_client_refuse(client, event->request, "not for you"));
        return;
    }
    make_auth(event->socket_id, event->channel, data, auth, sizeof auth);
    CHECK_OK(pusher_client_authorize(client, event->request, NULL, auth, data, NULL));
    /* Twice is once. */
    CHECK_OK(pusher_client_refuse(client, event->request, "too late"));
}

static void answer_at_once(const pusher_event *event, void *user_data)
{
    answer_question((pusher_client *)user_data, event);
}

static void check_authorised(pusher_client *client)
{
    pusher_members *members = NULL;
    pusher_request request = 0;
    subscribe_channel(client, "private-a");
    subscribe_channel(client, "presence-a");
    CHECK_OK(pusher_client_members(client, "presence-a", &members));
    CHECK(strcmp(pusher_members_me(members)->user_id, "7") == 0);
    CHECK_OK(pusher_members_free(members));
    CHECK_OK(pusher_client_subscribe(client, "private-no", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_AUTH, "not for you", pusher_client_wait(client, request, PATIENCE_MS));
}

static void authorised_in_the_callback(void)
{
    recorder *events = recorder_new();
    pusher_config *config = plain_config();
    pusher_callback callback = {answer_at_once, NULL, NULL};
    fresh_server();
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    pusher_client *client = make_client(config, events);
    callback.user_data = client;
    CHECK_OK(pusher_client_bind(client, NULL, "pusher:authorize", &callback, NULL));
    connect_client(client);
    check_authorised(client);
    end_client(client, events);
}

typedef struct questions {
    pusher_client *client;
    recorder *events;
} questions;

static void *answer_three(void *data)
{
    questions *self = (questions *)data;
    for (size_t i = 1; i <= 3; i++) {
        answer_question(self->client,
                        WAIT_EVENT(self->events, PUSHER_EVENT_AUTHORIZE, NULL, NULL, i));
    }
    return NULL;
}

static void authorised_by_another_thread(void)
{
    questions asked;
    pthread_t thread;
    pusher_config *config = plain_config();
    fresh_server();
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    asked.events = recorder_new();
    asked.client = make_client(config, asked.events);
    CHECK(pthread_create(&thread, NULL, answer_three, &asked) == 0);
    connect_client(asked.client);
    check_authorised(asked.client);
    CHECK(pthread_join(thread, NULL) == 0);
    end_client(asked.client, asked.events);
}

static void a_batch_is_answered_channel_by_channel(void)
{
    recorder *events = recorder_new();
    pusher_config *config = plain_config();
    pusher_request a = 0, b = 0, c = 0;
    char auth[128];
    fresh_server();
    CHECK_OK(pusher_config_set_authorizer(config, 1));
    pusher_client *client = make_client(config, events);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &a));
    CHECK_OK(pusher_client_subscribe(client, "private-b", NULL, &b));
    CHECK_OK(pusher_client_subscribe(client, "presence-c", NULL, &c));
    CHECK_OK(pusher_client_connect(client, NULL));
    const pusher_event *event =
        WAIT_EVENT(events, PUSHER_EVENT_AUTHORIZE, NULL, "pusher:authorize", 1);
    CHECK(event->channel == NULL && event->data != NULL);
    CHECK(strstr(event->data, "private-a") != NULL && strstr(event->data, "presence-c") != NULL);
    make_auth(event->socket_id, "private-a", NULL, auth, sizeof auth);
    CHECK_OK(pusher_client_authorize(client, event->request, "private-a", auth, NULL, NULL));
    wait_for(client, a);
    make_auth(event->socket_id, "presence-c", MEMBER, auth, sizeof auth);
    CHECK_OK(pusher_client_authorize(client, event->request, "presence-c", auth, MEMBER, NULL));
    wait_for(client, c);
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_wait(client, b, 0));
    CHECK_OK(pusher_client_refuse(client, event->request, NULL)); /* the rest of it */
    CHECK_STATUS(PUSHER_ERR_AUTH, pusher_client_wait(client, b, PATIENCE_MS));
    end_client(client, events);
}

static void an_authorisation_without_an_answer_times_out(void)
{
    recorder *events = recorder_new();
    pusher_config *config = plain_config();
    pusher_request request = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    CHECK_OK(pusher_config_set_auth_timeout(config, 20));
    pusher_client *client = make_client(config, events);
    connect_client(client);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &request));
    CHECK_ERROR(PUSHER_ERR_TIMEOUT, "private-a", pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, events);
}

static void ready_made_auth_is_good_for_one_connection(void)
{
    recorder *events = recorder_new();
    pusher_client *client = make_client(plain_config(), events);
    const pusher_event *event;
    pusher_request request = 0;
    char socket_id[70], auth[128];
    fresh_server();
    connect_client(client);
    CHECK_OK(pusher_client_socket_id(client, socket_id, sizeof socket_id, NULL));
    make_auth(socket_id, "private-a", NULL, auth, sizeof auth);
    CHECK_OK(pusher_client_subscribe_with_auth(client, "private-a", auth, NULL, NULL, &request));
    wait_for(client, request);
    make_auth(socket_id, "presence-a", MEMBER, auth, sizeof auth);
    CHECK_OK(pusher_client_subscribe_with_auth(client, "presence-a", auth, MEMBER, NULL, &request));
    wait_for(client, request);

    order("drop", "{}");
    event = WAIT_EVENT(events, PUSHER_EVENT_SUBSCRIPTION_ERROR, "private-a", NULL, 1);
    CHECK(event->status == PUSHER_ERR_AUTH);
    end_client(client, events);
}

/* Encryption ---------------------------------------------------------------------------------- */

#define ENCRYPTED "private-encrypted-a"

static void publish_encrypted(pusher_client *client, const char *data)
{
    static const char *const channels[] = {ENCRYPTED};
    pusher_request request = 0;
    CHECK_OK(pusher_client_trigger(client, channels, 1, "hello", data, strlen(data), NULL, NULL,
                                   &request));
    wait_for(client, request);
}

static void encrypted_from_end_to_end(void)
{
    recorder *events = recorder_new(), *others = recorder_new(), *plains = recorder_new();
    pusher_client *client = make_client(server_config("ann"), events);
    pusher_client *other = make_client(endpoint_config("ben"), others);
    const char *data = "{\"text\":\"Gr\xc3\xbc\xc3\x9f""e\"}";
    const pusher_event *event;
    fresh_server();
    connect_client(client);
    connect_client(other);
    subscribe_channel(client, ENCRYPTED);
    subscribe_channel(other, ENCRYPTED); /* the endpoint hands out the key */
    publish_encrypted(client, data);
    event = WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, ENCRYPTED, "hello", 1);
    CHECK(strcmp(event->data, data) == 0);
    event = WAIT_EVENT(others, PUSHER_EVENT_MESSAGE, ENCRYPTED, "hello", 1);
    CHECK(strcmp(event->data, data) == 0);

    /* In a batch, too. */
    pusher_batch *batch = pusher_batch_new();
    pusher_request request = 0;
    CHECK_OK(pusher_batch_add(batch, ENCRYPTED, "batched", "1", 1, NULL, NULL));
    CHECK_OK(pusher_batch_add(batch, "news", "batched", "2", 1, NULL, NULL));
    CHECK_OK(pusher_client_trigger_batch(client, batch, &request));
    CHECK_OK(pusher_batch_free(batch));
    wait_for(client, request);
    event = WAIT_EVENT(others, PUSHER_EVENT_MESSAGE, ENCRYPTED, "batched", 1);
    CHECK(strcmp(event->data, "1") == 0);

    /* What is not encrypted is lost, and said so. */
    order("publish", "{\"channel\":\"" ENCRYPTED "\",\"event\":\"plain\",\"data\":\"1\"}");
    event = WAIT_EVENT(events, PUSHER_EVENT_DECRYPTION_ERROR, ENCRYPTED,
                       "pusher:decryption_error", 1);
    CHECK(event->status == PUSHER_ERR_DECRYPTION && event->data != NULL);
    CHECK(recorder_count(events, PUSHER_EVENT_MESSAGE, ENCRYPTED, "plain") == 0);
    CHECK_OK(pusher_client_free(client));

    /* Another master key is another key. */
    pusher_config *config = server_config("carl");
    CHECK_OK(pusher_config_set_encryption_master_key(config, MASTER_KEY));
    client = make_client(config, plains);
    connect_client(client);
    subscribe_channel(client, ENCRYPTED);
    publish_encrypted(client, data);
    WAIT_EVENT(plains, PUSHER_EVENT_MESSAGE, ENCRYPTED, "hello", 1);
    WAIT_EVENT(others, PUSHER_EVENT_DECRYPTION_ERROR, ENCRYPTED, NULL, 2);
    end_client(client, plains);
    end_client(other, others);
    recorder_free(events);
}

/* Vectors of other libraries, with the keys that they were made with. */
static void encrypted_elsewhere(void)
{
    static const struct {
        const char *channel, *key, *nonce, *ciphertext, *data;
    } vectors[] = {
        {"private-encrypted-1", "EOWC/ked3NtBDvEs9gFwk7x4oZEbH9I0Lz2qkopBxxs=",
         "Ew2lLeGzSefk8fyVPbwL1yV+8HMyIBrm",
         "ig9HfL7OKJ9TL97WFRG0xpuk9w0DXUJhLQlQbGf+ID9S3h15vb/fgDfsnsGxQNQDxw+i",
         "{\"name\":\"freddy\",\"message\":\"hello\"}"},
        {"private-encrypted-2", "iBvNoPVYwByqSfg6anjPpEQ2j051b3rt1Vmnb+z5doo=",
         "4sVYwy4j/8dCcjyxtPCWyk19GaaViaW9",
         "/GMESnFGlbNn01BuBjp31XYa3i9vZsGKR8fgR9EDhXKx3lzGiUD501A=",
         "{\"message\":\"hello world\"}"},
        {"private-encrypted-cache-3", "cJ7zCQokv6mDgstdAlyjYiyC0x+ifxCwBcDconuuZRY=",
         "WEFKSTBZNkRQQkhTQUhYVEhWM0EzWk1G",
         "tsYJa2JgGDOpVIYFe4aNVWAvZlpB7z7CjN9mpIdbATE0Yc4izN8aM8D6VigBxnIQ",
         "kkkT5OOkOkO5kT5TOO5TkOT5TTk5O55T"},
    };
    recorder *events = recorder_new();
    pusher_client *client = make_client(plain_config(), events);
    fresh_server();
    connect_client(client);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char socket_id[70], auth[128], json[512];
        const char *channel = vectors[i].channel;
        pusher_request request = 0;
        CHECK_OK(pusher_client_socket_id(client, socket_id, sizeof socket_id, NULL));
        make_auth(socket_id, channel, NULL, auth, sizeof auth);
        CHECK_OK(pusher_client_subscribe_with_auth(client, channel, auth, NULL, vectors[i].key,
                                                   &request));
        wait_for(client, request);
        snprintf(json, sizeof json,
                 "{\"channel\":\"%s\",\"event\":\"e\",\"data\":"
                 "\"{\\\"nonce\\\":\\\"%s\\\",\\\"ciphertext\\\":\\\"%s\\\"}\"}",
                 channel, vectors[i].nonce, vectors[i].ciphertext);
        CHECK(order("publish", json) == 1);
        const pusher_event *event = WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, channel, "e", 1);
        CHECK(strcmp(event->data, vectors[i].data) == 0);
    }
    /* The first one's text with the second one's key. */
    char crossed[512];
    snprintf(crossed, sizeof crossed,
             "{\"channel\":\"%s\",\"event\":\"crossed\",\"data\":"
             "\"{\\\"nonce\\\":\\\"%s\\\",\\\"ciphertext\\\":\\\"%s\\\"}\"}",
             vectors[1].channel, vectors[0].nonce, vectors[0].ciphertext);
    CHECK(order("publish", crossed) == 1);
    WAIT_EVENT(events, PUSHER_EVENT_DECRYPTION_ERROR, vectors[1].channel, NULL, 1);
    end_client(client, events);
}

static void encrypted_by_hand(void)
{
    recorder *events = recorder_new();
    pusher_config *config = server_config("ann");
    const char *data = "{\"n\":1}";
    char first[200], second[200], escaped[400], json[600];
    fresh_server();
    CHECK_OK(pusher_encrypt(config, ENCRYPTED, data, strlen(data), first, sizeof first, NULL));
    CHECK_OK(pusher_encrypt(config, ENCRYPTED, data, strlen(data), second, sizeof second, NULL));
    CHECK(strcmp(first, second) != 0); /* each with a nonce of its own */
    CHECK(strstr(first, "\"nonce\":\"") != NULL && strstr(first, "\"ciphertext\":\"") != NULL);
    CHECK(strlen(first) <= strlen(data) * 4 / 3 + 100);

    pusher_client *client = make_client(config, events);
    connect_client(client);
    subscribe_channel(client, ENCRYPTED);
    size_t length = 0;
    for (const char *c = first; *c != '\0'; c++) {
        if (*c == '"') {
            escaped[length++] = '\\';
        }
        escaped[length++] = *c;
    }
    escaped[length] = '\0';
    snprintf(json, sizeof json, "{\"channel\":\"" ENCRYPTED "\",\"event\":\"e\",\"data\":\"%s\"}",
             escaped);
    order("publish", json);
    CHECK(strcmp(WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, ENCRYPTED, "e", 1)->data, data) == 0);
    end_client(client, events);
}

/* Users --------------------------------------------------------------------------------------- */

static void users_sign_in_and_are_reached(void)
{
    recorder *anns = recorder_new(), *bens = recorder_new();
    pusher_client *ann = make_client(server_config("ann"), anns);
    pusher_client *ben = make_client(endpoint_config("ben"), bens);
    const pusher_event *event;
    pusher_request request = 0;
    fresh_server();
    connect_client(ann);
    CHECK_OK(pusher_client_sign_in(ann, &request));
    wait_for(ann, request);
    event = WAIT_EVENT(anns, PUSHER_EVENT_SIGNED_IN, NULL, "pusher:signin_success", 1);
    CHECK(strcmp(event->user_id, "ann") == 0 && strstr(event->data, "\"watchlist\"") != NULL);
    event = WAIT_EVENT(anns, PUSHER_EVENT_WATCHLIST, NULL, "offline", 1);
    CHECK(strcmp(event->data, "[\"ben\"]") == 0 && event->value == 1);

    /* The endpoint says who the other one is. */
    CHECK_OK(pusher_client_sign_in(ben, &request));
    connect_client(ben);
    wait_for(ben, request);
    CHECK(strcmp(WAIT_EVENT(bens, PUSHER_EVENT_SIGNED_IN, NULL, NULL, 1)->user_id, "ben") == 0);
    event = WAIT_EVENT(anns, PUSHER_EVENT_WATCHLIST, NULL, "online", 1);
    CHECK(strcmp(event->data, "[\"ben\"]") == 0 && event->value == 1);

    order("wait", "{\"channel\":\"#server-to-user-ben\"}");
    CHECK_OK(pusher_client_send_to_user(ann, "ben", "mail", "{\"n\":1}", 7, &request));
    wait_for(ann, request);
    event = WAIT_EVENT(bens, PUSHER_EVENT_MESSAGE, "#server-to-user-ben", "mail", 1);
    CHECK(strcmp(event->data, "{\"n\":1}") == 0);

    /* Signed in again after a reconnect, and reached again. */
    order("drop", "{}");
    WAIT_EVENT(bens, PUSHER_EVENT_SIGNED_IN, NULL, NULL, 2);
    WAIT_EVENT(anns, PUSHER_EVENT_SIGNED_IN, NULL, NULL, 2);
    order("wait", "{\"channel\":\"#server-to-user-ben\"}");
    CHECK_OK(pusher_client_send_to_user(ann, "ben", "mail", "2", 1, NULL));
    WAIT_EVENT(bens, PUSHER_EVENT_MESSAGE, "#server-to-user-ben", "mail", 2);

    CHECK_OK(pusher_client_terminate_user(ann, "ben", &request));
    wait_for(ann, request);
    size_t n = 1;
    do {
        event = WAIT_EVENT(bens, PUSHER_EVENT_STATE_CHANGE, NULL, NULL, n++);
    } while (event->state != PUSHER_STATE_FAILED);
    CHECK(event->code == 4009);
    CHECK_OK(pusher_client_close(ben, PATIENCE_MS));
    CHECK(recorder_count(bens, PUSHER_EVENT_SIGNED_IN, NULL, NULL) == 2);
    end_client(ben, bens);
    end_client(ann, anns);
}

static void answer_user(const pusher_event *event, void *user_data)
{
    pusher_client *client = (pusher_client *)user_data;
    pusher_config *config = keys("app-key", SECRET);
    const char *user = "{\"id\":\"zoe\"}";
    char json[512], auth[128];
    CHECK(event->kind == PUSHER_EVENT_AUTHORIZE_USER && event->channel == NULL);
    CHECK_OK(pusher_authorize_user(config, event->socket_id, user, json, sizeof json, NULL));
    CHECK_OK(pusher_config_free(config));
    text_of(json, "auth", auth, sizeof auth);
    CHECK_OK(pusher_client_authorize_user(client, event->request, auth, user));
}

static void the_application_authorises_a_sign_in(void)
{
    recorder *events = recorder_new(), *refusals = recorder_new();
    pusher_config *config = plain_config();
    pusher_callback callback = {answer_user, NULL, NULL};
    const pusher_event *event;
    pusher_request request = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    pusher_client *client = make_client(config, events);
    callback.user_data = client;
    CHECK_OK(pusher_client_bind(client, NULL, "pusher:authorize_user", &callback, NULL));
    connect_client(client);
    CHECK_OK(pusher_client_sign_in(client, &request));
    wait_for(client, request);
    CHECK(strcmp(WAIT_EVENT(events, PUSHER_EVENT_SIGNED_IN, NULL, NULL, 1)->user_id, "zoe") == 0);
    end_client(client, events);

    config = plain_config();
    CHECK_OK(pusher_config_set_authorizer(config, 0));
    client = make_client(config, refusals);
    connect_client(client);
    CHECK_OK(pusher_client_sign_in(client, &request));
    event = WAIT_EVENT(refusals, PUSHER_EVENT_AUTHORIZE_USER, NULL, "pusher:authorize_user", 1);
    CHECK_OK(pusher_client_refuse(client, event->request, "who are you"));
    CHECK_ERROR(PUSHER_ERR_AUTH, "who are you", pusher_client_wait(client, request, PATIENCE_MS));
    event = WAIT_EVENT(refusals, PUSHER_EVENT_SIGN_IN_ERROR, NULL, "pusher:signin_error", 1);
    CHECK(event->status == PUSHER_ERR_AUTH && strstr(event->data, "who are you") != NULL);
    end_client(client, refusals);
}

/* The HTTP API -------------------------------------------------------------------------------- */

static void triggered_to_many_but_one(void)
{
    static const char *const channels[] = {"news", "presence-room"};
    recorder *anns = recorder_new(), *bens = recorder_new();
    pusher_client *ann = make_client(server_config("ann"), anns);
    pusher_client *ben = make_client(server_config("ben"), bens);
    pusher_batch *batch = pusher_batch_new();
    pusher_request request = 0;
    char socket_id[70];
    fresh_server();
    connect_client(ann);
    connect_client(ben);
    for (int i = 0; i < 2; i++) {
        subscribe_channel(ann, channels[i]);
        subscribe_channel(ben, channels[i]);
    }
    CHECK_OK(pusher_client_socket_id(ann, socket_id, sizeof socket_id, NULL));
    CHECK_OK(pusher_client_trigger(ann, channels, 2, "headline", "just text", 9, socket_id,
                                   "subscription_count", &request));
    CHECK_ANSWER(anns, request, "\"news\":{\"subscription_count\":2}");
    for (int i = 0; i < 2; i++) {
        const pusher_event *event =
            WAIT_EVENT(bens, PUSHER_EVENT_MESSAGE, channels[i], "headline", 1);
        CHECK(strcmp(event->data, "just text") == 0);
    }

    CHECK_OK(pusher_batch_add(batch, "news", "batched", "1", 1, socket_id, NULL));
    CHECK_OK(pusher_batch_add(batch, "presence-room", "batched", "2", 1, NULL, "user_count"));
    CHECK_OK(pusher_client_trigger_batch(ann, batch, &request));
    CHECK_OK(pusher_batch_free(batch));
    CHECK_ANSWER(anns, request, "\"user_count\":2");
    WAIT_EVENT(bens, PUSHER_EVENT_MESSAGE, "news", "batched", 1);
    CHECK(strcmp(WAIT_EVENT(bens, PUSHER_EVENT_MESSAGE, "presence-room", "batched", 1)->data,
                 "2") == 0);
    /* The publisher has had only the one of which it was not excluded. */
    WAIT_EVENT(anns, PUSHER_EVENT_MESSAGE, "presence-room", "batched", 1);
    CHECK(recorder_count(anns, PUSHER_EVENT_MESSAGE, NULL, NULL) == 1);
    end_client(ann, anns);
    end_client(ben, bens);
}

static void asked_who_is_there(void)
{
    recorder *events = recorder_new();
    pusher_client *client = make_client(server_config("ann"), events);
    pusher_request request = 0;
    const pusher_event *event;
    fresh_server();
    connect_client(client);
    subscribe_channel(client, "presence-room");
    subscribe_channel(client, "news");
    subscribe_channel(client, "cache-news");

    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_ANSWER(events, request, "\"news\":{}");
    CHECK_OK(pusher_client_get_channels(client, "presence-", "user_count", &request));
    CHECK_ANSWER(events, request, "{\"channels\":{\"presence-room\":{\"user_count\":1}}}");
    CHECK_OK(pusher_client_get_channel(client, "news", "subscription_count", &request));
    CHECK_ANSWER(events, request, "\"subscription_count\":1");
    CHECK_ANSWER(events, request, "\"occupied\":true");
    CHECK_OK(pusher_client_get_channel(client, "nothing", NULL, &request));
    CHECK_ANSWER(events, request, "\"occupied\":false");
    CHECK_OK(pusher_client_get_users(client, "presence-room", &request));
    CHECK_ANSWER(events, request, "{\"users\":[{\"id\":\"ann\"}]}");

    /* The server's own refusal has its words and its code. */
    CHECK_OK(pusher_client_get_channel(client, "news", "user_count", &request));
    CHECK_ERROR(PUSHER_ERR_REFUSED, "user_count",
                pusher_client_wait(client, request, PATIENCE_MS));
    event = WAIT_COMPLETED(events, request);
    CHECK(event->status == PUSHER_ERR_REFUSED && event->code == 400);
    end_client(client, events);
}

static void the_api_needs_no_connection(void)
{
    static const char *const channels[] = {"news"};
    recorder *events = recorder_new(), *others = recorder_new();
    pusher_client *client = make_client(server_config("ann"), events);
    pusher_client *other = make_client(plain_config(), others);
    pusher_request request = 0;
    fresh_server();
    connect_client(other);
    subscribe_channel(other, "news");
    CHECK_OK(pusher_client_trigger(client, channels, 1, "e", "1", 1, NULL, NULL, &request));
    wait_for(client, request);
    CHECK(pusher_client_state(client) == PUSHER_STATE_INITIALIZED);
    WAIT_EVENT(others, PUSHER_EVENT_MESSAGE, "news", "e", 1);

    /* Publishing on a public channel goes the same way. */
    CHECK_OK(pusher_client_publish(client, "news", "published", "{}", 2, &request));
    wait_for(client, request);
    WAIT_EVENT(others, PUSHER_EVENT_MESSAGE, "news", "published", 1);
    CHECK_ERROR(PUSHER_ERR_FORBIDDEN, "public",
                pusher_client_publish(other, "news", "published", "{}", 2, &request));
    end_client(client, events);
    end_client(other, others);
}

static void errors_of_the_api(void)
{
    recorder *events = recorder_new();
    pusher_config *config = server_config("ann");
    const pusher_event *event;
    pusher_request request = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_secret(config, WRONG_SECRET));
    CHECK_OK(pusher_config_set_api_timeout(config, 50));
    pusher_client *client = make_client(config, events);
    for (int quirk = 0; quirk < 2; quirk++) {
        /* With the quirk, the error is hidden in an answer with status 200. */
        order("quirks", quirk ? "{\"api_errors_as_200\":true}" : "{}");
        CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
        CHECK_ERROR(PUSHER_ERR_AUTH, "auth_signature",
                    pusher_client_wait(client, request, PATIENCE_MS));
        event = WAIT_COMPLETED(events, request);
        CHECK(event->status == PUSHER_ERR_AUTH && event->code == 401 && event->data != NULL);
    }
    order("quirks", "{}");
    order("faults", "{\"fault\":\"api_status\",\"status\":413,\"body\":\"too much\",\"times\":1}");
    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "too much", pusher_client_wait(client, request, PATIENCE_MS));
    order("faults", "{\"fault\":\"api_status\",\"status\":500,\"body\":\"oops\",\"times\":1}");
    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_REFUSED, "oops", pusher_client_wait(client, request, PATIENCE_MS));
    order("faults", "{\"fault\":\"api_hang\"}");
    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_ERROR(PUSHER_ERR_TIMEOUT, "no answer", pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, events);

    /* Another host for the API alone: one that does not listen. */
    events = recorder_new();
    config = server_config("ann");
    CHECK_OK(pusher_config_set_api_host(config, "127.0.0.1", 1));
    client = make_client(config, events);
    connect_client(client);
    CHECK_OK(pusher_client_get_channels(client, NULL, NULL, &request));
    CHECK_STATUS(PUSHER_ERR_NETWORK, pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, events);
}

/* Limits -------------------------------------------------------------------------------------- */

static void client_events_beyond_the_limit_are_refused(void)
{
    enum { LIMIT = 3, COUNT = 6 };
    recorder *events = recorder_new();
    pusher_config *config = new_config();
    pusher_request requests[COUNT];
    int refused = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_publish_rate(config, LIMIT, PUSHER_OVER_LIMIT_REFUSE));
    pusher_client *client = make_client(config, events);
    connect_client(client);
    subscribe_channel(client, "private-a");
    for (int i = 0; i < COUNT; i++) {
        CHECK_OK(pusher_client_publish(client, "private-a", "e", "1", 1, &requests[i]));
    }
    for (int i = 0; i < COUNT; i++) {
        int32_t status = WAIT_COMPLETED(events, requests[i])->status;
        CHECK(status == PUSHER_OK || (i >= LIMIT && status == PUSHER_ERR_RATE_LIMITED));
        refused += status != PUSHER_OK;
    }
    CHECK(refused > 0); /* all of the rest, unless the machine is slow */
    end_client(client, events);
}

static void only_the_latest_is_kept(void)
{
    recorder *events = recorder_new(), *others = recorder_new();
    pusher_config *config = new_config();
    pusher_client *other = make_client(new_config(), others);
    pusher_request first = 0, second = 0, third = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_publish_rate(config, 1, PUSHER_OVER_LIMIT_KEEP_LATEST));
    pusher_client *client = make_client(config, events);
    connect_client(client);
    connect_client(other);
    subscribe_channel(client, "private-a");
    subscribe_channel(other, "private-a");
    CHECK_OK(pusher_client_publish(client, "private-a", "at", "1", 1, &first));
    CHECK_OK(pusher_client_publish(client, "private-a", "at", "2", 1, &second));
    CHECK_OK(pusher_client_publish(client, "private-a", "at", "3", 1, &third));
    CHECK(WAIT_COMPLETED(events, first)->status == PUSHER_OK);
    CHECK(WAIT_COMPLETED(events, second)->status == PUSHER_ERR_CANCELLED);
    CHECK(WAIT_COMPLETED(events, third)->status == PUSHER_OK);
    CHECK(strcmp(WAIT_EVENT(others, PUSHER_EVENT_MESSAGE, NULL, "client-at", 2)->data, "3") == 0);
    end_client(client, events);
    end_client(other, others);
}

static void a_queue_of_none_and_a_short_patience(void)
{
    recorder *events = recorder_new(), *others = recorder_new();
    pusher_config *config = new_config();
    pusher_request request = 0;
    fresh_server();
    CHECK_OK(pusher_config_set_publish_queue(config, 0, 1000));
    pusher_client *client = make_client(config, events);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, NULL));
    CHECK_OK(pusher_client_publish(client, "private-a", "e", "1", 1, &request));
    CHECK_STATUS(PUSHER_ERR_QUEUE_FULL, pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, events);

    config = new_config();
    CHECK_OK(pusher_config_set_publish_queue(config, 10, 10));
    client = make_client(config, others);
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, NULL));
    CHECK_OK(pusher_client_publish(client, "private-a", "e", "1", 1, &request));
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_wait(client, request, PATIENCE_MS));
    end_client(client, others);
}

static void names_by_the_configured_limits(void)
{
    static const char *const spaced[] = {"a b"}, *const of_ten[] = {"0123456789"};
    recorder *events = recorder_new(), *others = recorder_new();
    pusher_config *config = server_config("ann");
    char name[201];
    memset(name, 'a', sizeof name);
    name[165] = '\0';
    fresh_server();
    CHECK_OK(pusher_config_set_limits(config, PUSHER_LIMITS_PUSHER, 1));
    pusher_client *client = make_client(config, events);
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "164", pusher_client_subscribe(client, name, NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "164", pusher_client_get_channel(client, name, NULL, NULL));
    name[164] = '\0';
    CHECK_OK(pusher_client_subscribe(client, name, NULL, NULL));
    CHECK_OK(pusher_client_get_channel(client, name, NULL, NULL));
    /* Lenient: whatever the server takes. */
    CHECK_OK(pusher_client_subscribe(client, "a b", NULL, NULL));
    CHECK_OK(pusher_client_trigger(client, spaced, 1, "e", "1", 1, NULL, NULL, NULL));
    end_client(client, events);

    config = server_config("ann");
    CHECK_OK(pusher_config_set_custom_limits(config, 9, 8, 3, 0));
    client = make_client(config, others);
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "9", pusher_client_subscribe(client, of_ten[0], NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_CHANNEL, "9",
                pusher_client_trigger(client, of_ten, 1, "e", "1", 1, NULL, NULL, NULL));
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, NULL));
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "data",
                pusher_client_publish(client, "private-a", "e", "1234", 4, NULL));
    CHECK_ERROR(PUSHER_ERR_TOO_LARGE, "9",
                pusher_client_publish(client, "private-a", "of", "1", 1, NULL)); /* client-of */
    CHECK_OK(pusher_client_publish(client, "private-a", "e", "123", 3, NULL));
    end_client(client, others);
}

static void members_who_do_not_come_back_are_gone(void)
{
    recorder *anns = recorder_new(), *bens = recorder_new();
    pusher_config *config = new_config();
    fresh_server();
    CHECK_OK(pusher_config_set_presence_user(config, "ann", NULL));
    CHECK_OK(pusher_config_set_presence_grace(config, 10));
    pusher_client *ann = make_client(config, anns);
    pusher_client *ben = make_client(server_config("ben"), bens);
    connect_client(ann);
    connect_client(ben);
    subscribe_channel(ben, "presence-room");
    subscribe_channel(ann, "presence-room");
    /* He leaves while she is away: told when she is back, and the grace time is over. */
    CHECK_OK(pusher_client_disconnect(ann, NULL));
    CHECK_OK(pusher_client_close(ben, PATIENCE_MS));
    order("wait", "{\"connections\":0}");
    connect_client(ann);
    const pusher_event *event =
        WAIT_EVENT(anns, PUSHER_EVENT_MEMBER_REMOVED, "presence-room", NULL, 1);
    CHECK(strcmp(event->user_id, "ben") == 0);
    end_client(ann, anns);
    end_client(ben, bens);
}

/* Binding and channels ------------------------------------------------------------------------ */

typedef struct counter {
    gate calls, drops;
} counter;

static void count_call(const pusher_event *event, void *user_data)
{
    counter *self = (counter *)user_data;
    (void)event;
    CHECK(gate_get(&self->drops) == 0);
    gate_add(&self->calls, 1);
}

static void count_drop(void *user_data)
{
    gate_add(&((counter *)user_data)->drops, 1);
}

static pusher_binding bind_counter(pusher_client *client, counter *self, const char *channel,
                                   const char *event, int32_t flags)
{
    pusher_callback callback = {count_call, count_drop, NULL};
    pusher_binding binding = 0;
    gate_init(&self->calls);
    gate_init(&self->drops);
    callback.user_data = self;
    CHECK_OK(pusher_client_bind_with(client, channel, event, flags, &callback, &binding));
    return binding;
}

static void bound_once_and_by_patterns(void)
{
    enum { ONCE, ROOMS, EITHER, ONE, ALL, LITERAL, BOTH, COUNT };
    static const long expected[COUNT] = {1, 4, 4, 2, 6, 0, 1};
    static const char *const orders[] = {
        "{\"channel\":\"room-1\",\"event\":\"open\",\"data\":\"1\"}",
        "{\"channel\":\"room-1\",\"event\":\"shut\",\"data\":\"2\"}",
        "{\"channel\":\"room-2\",\"event\":\"open\",\"data\":\"3\"}",
        "{\"channel\":\"room-2\",\"event\":\"other\",\"data\":\"4\"}",
        "{\"channel\":\"news\",\"event\":\"open\",\"data\":\"5\"}",
        "{\"channel\":\"news\",\"event\":\"last\",\"data\":\"6\"}",
    };
    counter counters[COUNT];
    pusher_binding bindings[COUNT];
    recorder *events = recorder_new();
    pusher_client *client = make_client(plain_config(), events);
    fresh_server();
    bindings[ONCE] = bind_counter(client, &counters[ONCE], NULL, "open", PUSHER_BIND_ONCE);
    bindings[ROOMS] = bind_counter(client, &counters[ROOMS], "room-*", "[a-os]*", PUSHER_BIND_GLOB);
    bindings[EITHER] =
        bind_counter(client, &counters[EITHER], NULL, "{open,shut}", PUSHER_BIND_GLOB);
    bindings[ONE] = bind_counter(client, &counters[ONE], "room-?", "open", PUSHER_BIND_GLOB);
    bindings[ALL] = bind_counter(client, &counters[ALL], "*", "[!p]*", PUSHER_BIND_GLOB);
    bindings[LITERAL] = bind_counter(client, &counters[LITERAL], "room-*", NULL, 0);
    bindings[BOTH] = bind_counter(client, &counters[BOTH], "room-[2-9]", "o*",
                                  PUSHER_BIND_ONCE | PUSHER_BIND_GLOB);
    connect_client(client);
    subscribe_channel(client, "room-1");
    subscribe_channel(client, "room-2");
    subscribe_channel(client, "news");
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        CHECK(order("publish", orders[i]) == 1);
    }
    WAIT_EVENT(events, PUSHER_EVENT_MESSAGE, "news", "last", 1);
    CHECK(gate_reaches(&counters[ONCE].drops, 1) && gate_reaches(&counters[BOTH].drops, 1));
    CHECK_STATUS(PUSHER_ERR_NOT_FOUND, pusher_client_unbind(client, bindings[ONCE]));
    CHECK_STATUS(PUSHER_ERR_NOT_FOUND, pusher_client_unbind(client, bindings[BOTH]));
    CHECK_OK(pusher_client_unbind(client, bindings[ROOMS]));
    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    CHECK_OK(pusher_client_free(client));
    for (int i = 0; i < COUNT; i++) {
        long calls = gate_get(&counters[i].calls);
        if (calls != expected[i]) {
            FAIL("binding %d was called %ld times instead of %ld", i, calls, expected[i]);
        }
        CHECK(gate_get(&counters[i].drops) == 1);
    }
    recorder_free(events);
}

static void unsubscribed_from_all(void)
{
    recorder *events = recorder_new();
    pusher_client *client = make_client(new_config(), events);
    pusher_channels *list = NULL;
    pusher_request waiting = 0, all = 0;
    fresh_server();
    CHECK_OK(pusher_client_subscribe(client, "news", NULL, NULL));
    CHECK_OK(pusher_client_subscribe(client, "private-a", NULL, &waiting));
    CHECK_OK(pusher_client_ping(client, &all)); /* its failure comes behind both */
    CHECK_STATUS(PUSHER_ERR_NOT_CONNECTED, pusher_client_wait(client, all, PATIENCE_MS));
    CHECK_STATUS(PUSHER_ERR_TIMEOUT, pusher_client_wait(client, waiting, 0));
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(pusher_channels_count(list) == 2);
    CHECK(pusher_channels_state(list, 0) == PUSHER_CHANNEL_STATE_WAITING);
    CHECK_OK(pusher_channels_free(list));

    connect_client(client);
    subscribe_channel(client, "private-a");
    subscribe_channel(client, "news");
    order("faults", "{\"fault\":\"ignore_subscribe\",\"channel\":\"slow\"}");
    CHECK_OK(pusher_client_subscribe(client, "slow", NULL, &waiting));
    order("wait", "{\"event\":\"pusher:subscribe\",\"contains\":\"slow\"}");
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(pusher_channels_count(list) == 3);
    CHECK(strcmp(pusher_channels_name(list, 2), "slow") == 0);
    CHECK(pusher_channels_state(list, 1) == PUSHER_CHANNEL_STATE_SUBSCRIBED);
    CHECK(pusher_channels_state(list, 2) == PUSHER_CHANNEL_STATE_PENDING);
    CHECK_OK(pusher_channels_free(list));

    CHECK_OK(pusher_client_unsubscribe_all(client, &all));
    wait_for(client, all);
    CHECK_STATUS(PUSHER_ERR_CANCELLED, pusher_client_wait(client, waiting, PATIENCE_MS));
    CHECK_OK(pusher_client_channels(client, &list));
    CHECK(pusher_channels_count(list) == 0);
    CHECK_OK(pusher_channels_free(list));
    order("wait", "{\"channel\":\"news\",\"subscriptions\":0}");
    order("wait", "{\"channel\":\"private-a\",\"subscriptions\":0}");
    subscribe_channel(client, "news"); /* and anew */
    end_client(client, events);
}

/* What a server does -------------------------------------------------------------------------- */

/* Vectors of Pusher's documentation and of its server libraries. */
static void authorised_as_documented(void)
{
    static const struct {
        const char *key, *secret, *socket_id, *channel, *data, *signature;
    } vectors[] = {
        {"278d425bdf160c739803", "7ad3773142a6692b25b8", "1234.1234", "private-foobar", NULL,
         "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"},
        {"278d425bdf160c739803", "7ad3773142a6692b25b8", "1234.1234", NULL, "{\"id\":\"12345\"}",
         "4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba"},
        {"278d425bdf160c739803", "7ad3773142a6692b25b8", "1234.1234", "presence-foobar",
         "{\"user_id\":10,\"user_info\":{\"name\":\"Mr. Channels\"}}",
         "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80"},
        {"foo", "bar", "345.23", "private-channel", NULL,
         "89955e77e1b40e33df6d515a5ecbba86a01dc816a5b720da18a06fd26f7d92ff"},
        {"foo", "bar", "345.23", "private-encrypted-channel", NULL,
         "fff0503dfe4929f5162efe4d1dacbce524b0d8e7e1331117a8651c0e74d369e3"},
        {"foo", "bar", "345.43245", "presence-channel",
         "{\"user_id\":\"fred\",\"user_info\":{\"key\":\"value\"}}",
         "e80ba6439492c2113022c39297a87a948de14061cc67b5788e045645a68b8ccd"},
        {"thisisaauthkey", "thisisasecret", "12345.6789", NULL,
         "{\"id\":\"123\",\"name\":\"John Smith\"}",
         "0dddb208b53c7649f3fbbb86254a6e1986bc6f8b566423ea690c9ca773497373"},
        {"key", "tofu", "123.456", NULL, "{\"id\":\"45678\"}",
         "f4b1fdeea7c93e32648c7230e32b172057c5623cace6cfce791c6e7035e0babd"},
        {"key", "tofu", "1.1", NULL,
         "{\"id\":\"\xc4\x85\xc2\xa7\xc2\xb6\xe2\x84\xa2\xe2\x82\xac\xc5\x82\xc3\xbc\xe2\x82\xac"
         "\xc3\x9f\xc2\xa3\"}",
         "620494cee53d6c568b49598313194088afda37218f0d059af03c0c898ed61ff4"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char json[600], expected[200];
        size_t length = 0;
        pusher_config *config = keys(vectors[i].key, vectors[i].secret);
        CHECK_OK(pusher_config_set_encryption_master_key(config, MASTER_KEY));
        if (vectors[i].channel == NULL) {
            CHECK_OK(pusher_authorize_user(config, vectors[i].socket_id, vectors[i].data, json,
                                           sizeof json, &length));
        } else {
            CHECK_OK(pusher_authorize_channel(config, vectors[i].socket_id, vectors[i].channel,
                                              vectors[i].data, json, sizeof json, &length));
        }
        CHECK(length == strlen(json));
        snprintf(expected, sizeof expected, "\"auth\":\"%s:%s\"", vectors[i].key,
                 vectors[i].signature);
        if (strstr(json, expected) == NULL) {
            FAIL("%s is not in %s", expected, json);
        }
        CHECK((strstr(json, "channel_data") != NULL) ==
              (vectors[i].channel != NULL && vectors[i].data != NULL));
        CHECK((strstr(json, "user_data") != NULL) == (vectors[i].channel == NULL));
        /* Only an encrypted channel has a key: the one of Pusher's own library for Python. */
        CHECK((strstr(json, "\"shared_secret\":\"VmIsNZtCSteh8kazd2toc+ofhohBtUouQRSDtRvuyVI=\"") !=
               NULL) == (i == 4));
        CHECK(strstr(json, vectors[i].secret) == NULL && strstr(json, MASTER_KEY) == NULL);
        CHECK_OK(pusher_config_free(config));
    }
}

static void webhooks_are_told_from_forgeries(void)
{
    const char *body = "{\"time_ms\":1327078148132,\"events\":"
                       "[{\"name\":\"channel_occupied\",\"channel\":\"news\"}]}";
    const char *signature = "9a7348e30c9304e960c95444b35af2f8952aac3d97352653a08a01dffa873b8d";
    const char *key = "278d425bdf160c739803";
    pusher_config *config = keys(key, "7ad3773142a6692b25b8");
    size_t length = strlen(body);
    char altered[200];
    CHECK_OK(pusher_verify_webhook(config, key, signature, body, length));

    strcpy(altered, body);
    altered[11]++;
    CHECK_ERROR(PUSHER_ERR_AUTH, "signature",
                pusher_verify_webhook(config, key, signature, altered, length));
    CHECK_STATUS(PUSHER_ERR_AUTH, pusher_verify_webhook(config, key, signature, body, length - 1));
    CHECK_ERROR(PUSHER_ERR_AUTH, "key",
                pusher_verify_webhook(config, "other", signature, body, length));
    strcpy(altered, signature);
    altered[63] = 'e';
    CHECK_STATUS(PUSHER_ERR_AUTH, pusher_verify_webhook(config, key, altered, body, length));
    altered[63] = '\0';
    CHECK_STATUS(PUSHER_ERR_AUTH, pusher_verify_webhook(config, key, altered, body, length));
    CHECK_OK(pusher_config_free(config));

    /* A signature of pusher-http-go, of what is no JSON. */
    config = keys(key, "supersecret");
    CHECK_ERROR(PUSHER_ERR_AUTH, "JSON",
                pusher_verify_webhook(
                    config, key, "64e3f44166575febbc5de88c9476325ea7d4b3684752158d9fdb31fce34b980d",
                    "Hello!", 6));
    CHECK_OK(pusher_config_free(config));
}

static const test tests[] = {
    {"an_endpoint_authorises_as_form_and_as_json", an_endpoint_authorises_as_form_and_as_json},
    {"an_endpoint_refuses", an_endpoint_refuses},
    {"an_endpoint_that_hangs_times_out", an_endpoint_that_hangs_times_out},
    {"channels_before_connecting_are_one_request", channels_before_connecting_are_one_request},
    {"a_fresh_token_after_a_refusal", a_fresh_token_after_a_refusal},
    {"authorised_in_the_callback", authorised_in_the_callback},
    {"authorised_by_another_thread", authorised_by_another_thread},
    {"a_batch_is_answered_channel_by_channel", a_batch_is_answered_channel_by_channel},
    {"an_authorisation_without_an_answer_times_out", an_authorisation_without_an_answer_times_out},
    {"ready_made_auth_is_good_for_one_connection", ready_made_auth_is_good_for_one_connection},
    {"encrypted_from_end_to_end", encrypted_from_end_to_end},
    {"encrypted_elsewhere", encrypted_elsewhere},
    {"encrypted_by_hand", encrypted_by_hand},
    {"users_sign_in_and_are_reached", users_sign_in_and_are_reached},
    {"the_application_authorises_a_sign_in", the_application_authorises_a_sign_in},
    {"triggered_to_many_but_one", triggered_to_many_but_one},
    {"asked_who_is_there", asked_who_is_there},
    {"the_api_needs_no_connection", the_api_needs_no_connection},
    {"errors_of_the_api", errors_of_the_api},
    {"client_events_beyond_the_limit_are_refused", client_events_beyond_the_limit_are_refused},
    {"only_the_latest_is_kept", only_the_latest_is_kept},
    {"a_queue_of_none_and_a_short_patience", a_queue_of_none_and_a_short_patience},
    {"names_by_the_configured_limits", names_by_the_configured_limits},
    {"members_who_do_not_come_back_are_gone", members_who_do_not_come_back_are_gone},
    {"bound_once_and_by_patterns", bound_once_and_by_patterns},
    {"unsubscribed_from_all", unsubscribed_from_all},
    {"authorised_as_documented", authorised_as_documented},
    {"webhooks_are_told_from_forgeries", webhooks_are_told_from_forgeries},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
