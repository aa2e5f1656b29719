/*
 * For programs that are servers: permissions for others, webhooks, encryption. No client is needed,
 * and no connection.
 */
#include "example.h"

static pusher_config *server_config(void)
{
    pusher_config *config = pusher_config_new("app-key");
    must(pusher_config_set_secret(config, "app-secret"));
    must(pusher_config_set_encryption_master_key(config,
                                                 "ZGV2c2VydmVyLW1hc3Rlci1rZXktb2YtMzItYnl0ZXM="));
    return config;
}

static void permissions(const pusher_config *config)
{
    //! [authorize_channel]
    /* POST /pusher/auth: socket_id and channel_name as the client sent them. Check first who asks. */
    const char *socket_id = "123.456", *channel = "presence-room";
    const char *user = "{\"user_id\":\"ann\",\"user_info\":{\"name\":\"Ann\"}}"; /* or NULL */
    char answer[500];
    if (pusher_authorize_channel(config, socket_id, channel, user, answer, sizeof answer, NULL) ==
        PUSHER_OK) {
        printf("200 application/json %s\n", answer);
    } else {
        puts("403");
    }
    //! [authorize_channel]

    //! [authorize_user]
    size_t length = 0;
    int32_t status = pusher_authorize_user(config, "123.456", "{\"id\":\"ann\"}", answer,
                                           sizeof answer, &length);
    if (status == PUSHER_ERR_TOO_LARGE) {
        printf("a buffer of %zu bytes is needed\n", length + 1);
    }
    //! [authorize_user]
    must(status);
}

static void webhooks(const pusher_config *config)
{
    const char *key = "app-key";
    const char *signature = "c1b112fcc5fc333a8453bb4b62c1a43094f2126d3c3f4ed442a92f5cda54f8e4";
    const char *body = "{\"time_ms\":1700000000000,\"events\":[{\"name\":\"channel_occupied\","
                       "\"channel\":\"orders\"}]}";
    //! [verify_webhook]
    /* X-Pusher-Key, X-Pusher-Signature, and the body byte for byte, before it is parsed. */
    int32_t status = pusher_verify_webhook(config, key, signature, body, strlen(body));
    if (status != PUSHER_OK) {
        puts("401"); /* PUSHER_ERR_AUTH: not from the server */
    }
    //! [verify_webhook]
    must(status);
    expect(pusher_verify_webhook(config, key, signature, "{}", 2) == PUSHER_ERR_AUTH,
           "another body is refused");
}

static void encrypting(const pusher_config *config)
{
    //! [encrypt]
    /* For those who publish by other means than pusher_client_trigger, which does it itself. */
    const char *data = "{\"amount\":12}";
    char payload[200];
    if (pusher_encrypt(config, "private-encrypted-orders", data, strlen(data), payload,
                       sizeof payload, NULL) == PUSHER_OK) {
        puts(payload); /* {"nonce":"...","ciphertext":"..."} */
    }
    //! [encrypt]
    expect(strstr(payload, "\"ciphertext\"") != NULL, "it is encrypted");
}

int main(void)
{
    pusher_config *config = server_config();
    permissions(config);
    webhooks(config);
    encrypting(config);
    must(pusher_config_free(config));
    return 0;
}
