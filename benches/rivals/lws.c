/*
 * A rival in C: libwebsockets and cJSON, as a program would use them without a library for the
 * protocol.
 *
 *     lws PORT CHANNEL
 */
#define _POSIX_C_SOURCE 200809L

#include "../measure.h"

#include <cjson/cJSON.h>
#include <libwebsockets.h>

struct reader {
    struct meter meter;
    const char *channel;
    /* The message so far: libwebsockets hands over what it has read. */
    char *text;
    size_t length;
    size_t capacity;
    bool done;
    bool failed;
};

static bool keep(struct reader *reader, const char *bytes, size_t count)
{
    if (reader->length + count > reader->capacity) {
        size_t capacity = (reader->length + count) * 2;
        char *text = realloc(reader->text, capacity);
        if (text == NULL)
            return false;
        reader->text = text;
        reader->capacity = capacity;
    }
    memcpy(reader->text + reader->length, bytes, count);
    reader->length += count;
    return true;
}

static bool on_message(struct reader *reader, const char *text, size_t length)
{
    cJSON *envelope = cJSON_ParseWithLength(text, length);
    const char *event = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(envelope, "event"));
    const char *data = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(envelope, "data"));
    bool good = event != NULL && data != NULL;
    if (good)
        reader->done = meter_event(&reader->meter, event, strlen(event), data, strlen(data));
    cJSON_Delete(envelope);
    return good;
}

static bool receive(struct lws *wsi, struct reader *reader, const char *bytes, size_t count)
{
    bool whole = lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
    /* Most messages come in one piece, and need no copy. */
    if (whole && reader->length == 0)
        return on_message(reader, bytes, count);
    if (!keep(reader, bytes, count))
        return false;
    if (!whole)
        return true;
    bool good = on_message(reader, reader->text, reader->length);
    reader->length = 0;
    return good;
}

static bool subscribe(struct lws *wsi, const char *channel)
{
    unsigned char frame[LWS_PRE + 512];
    char *text = (char *)frame + LWS_PRE;
    int length = snprintf(text, sizeof frame - LWS_PRE,
                          "{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":\"%s\"}}", channel);
    return lws_write(wsi, frame + LWS_PRE, (size_t)length, LWS_WRITE_TEXT) == length;
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes,
                  size_t count)
{
    struct reader *reader = lws_context_user(lws_get_context(wsi));
    bool good = true;
    (void)user;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        lws_callback_on_writable(wsi);
        break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        good = subscribe(wsi, reader->channel);
        break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        good = receive(wsi, reader, bytes, count);
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED:
        good = reader->done;
        break;
    default:
        break;
    }
    if (!good)
        reader->failed = true;
    return good && !reader->done ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("libwebsockets %s, cJSON %s\n", LWS_LIBRARY_VERSION, cJSON_Version());
        return 0;
    }
    if (argc != 3) {
        fprintf(stderr, "lws PORT CHANNEL\n");
        return 2;
    }
    /* What is read at once: as large as the others' buffers. */
    const struct lws_protocols protocols[] = {
        {"bench", on_lws, 0, 128 * 1024, 0, NULL, 0},
        {NULL, NULL, 0, 0, 0, NULL, 0},
    };
    struct reader reader = {.channel = argv[2]};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .user = &reader,
        .pt_serv_buf_size = 128 * 1024,
    };
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context *context = lws_create_context(&info);
    struct lws_client_connect_info to = {
        .context = context,
        .address = "127.0.0.1",
        .port = atoi(argv[1]),
        .path = "/app/key?protocol=7",
        .host = "127.0.0.1",
        .origin = "127.0.0.1",
        .local_protocol_name = "bench",
    };
    if (context == NULL || lws_client_connect_via_info(&to) == NULL)
        reader.failed = true;
    while (!reader.done && !reader.failed)
        reader.failed = lws_service(context, 0) < 0;
    lws_context_destroy(context);
    free(reader.text);
    if (!reader.done)
        fprintf(stderr, "lws: the connection ended early\n");
    return reader.done ? 0 : 1;
}
