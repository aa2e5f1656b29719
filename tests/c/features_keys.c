/*
 * Encryption against the embedded server, and what a server does with its keys.
 */
#include "support.h"

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
    {"encrypted_from_end_to_end", encrypted_from_end_to_end},
    {"encrypted_elsewhere", encrypted_elsewhere},
    {"encrypted_by_hand", encrypted_by_hand},
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
