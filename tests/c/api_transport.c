/*
 * The functions of how connections are made and made again, and of what happens to events that
 * nobody takes: arguments, handles, and calls inside a callback. transport.c has what they do.
 */
#include "support.h"

/* A certificate that nobody trusts, and its key. */
#define CLIENT_CERTIFICATE                                                                         \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBiDCCAS2gAwIBAgIUfzQLr4tkdCLnW6YjQMsJO92O5rwwCgYIKoZIzj0EAwIw\n"                           \
    "GDEWMBQGA1UEAwwNcHVzaGVyd3MgdGVzdDAgFw0yNjExMjUxMDEyNTdaGA8yMTI2\n"                           \
    "MTEwMTEwMTI1N1owGDEWMBQGA1UEAwwNcHVzaGVyd3MgdGVzdDBZMBMGByqGSM49\n"                           \
    "AgEGCCqGSM49AwEHA0IABMmL+CLP4kAsdx6gS9t8E8P5NEsXFGuhYvKnuQkyCbN3\n"                           \
    "T6oGyFu1TM4KKq1yu78lYF6OZiqLRcR8ykcWkVKL6qqjUzBRMB0GA1UdDgQWBBT5\n"                           \
    "ic10JIgjZQ+IjtgSC2xmnmfrmTAfBgNVHSMEGDAWgBT5ic10JIgjZQ+IjtgSC2xm\n"                           \
    "nmfrmTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQC5X3RmH/aM\n"                           \
    "ttBOaO8Mzoy+2iF32v+8YNpYlkBWhrYiOAIhAK07UdhdfW4BaC3nKwiDWpDWgXHU\n"                           \
    "N1bGdUMIDT7rmLUE\n"                                                                           \
    "-----END CERTIFICATE-----\n"
#define CLIENT_KEY                                                                                 \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggd2Kj53xsxDfZyUH\n"                           \
    CLIENT_KEY_TEXT "\n"                                                                           \
    "oWLyp7kJMgmzd0+qBshbtUzOCiqtcru/JWBejmYqi0XEfMpHFpFSi+qq\n"                                   \
    "-----END PRIVATE KEY-----\n"

#define PIN "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

/* Config -------------------------------------------------------------------------------------- */

/* A setter of one text: an empty one is bad, too. */
static void check_setter(text_setter set, const char *good, const char *bad, const char *argument,
                         const char *word)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK_OK(set(config, good));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, argument, set(config, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, argument, set(config, NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, bad));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, word, set(config, ""));
    CHECK_OK(set(config, good));
    CHECK_OK(pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", set(config, good));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", set(NULL, good));
}

static void config_texts(void)
{
    check_setter(pusher_config_add_ca_file, server_ca_file(), "/nowhere/ca.pem", "path",
                 "cannot be read");
    check_setter(pusher_config_add_ca_pem, CLIENT_CERTIFICATE, CLIENT_KEY, "pem", "no certificate");
    check_setter(pusher_config_add_ca_pem, CLIENT_CERTIFICATE CLIENT_CERTIFICATE,
                 "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "pem",
                 "certificate");
    check_setter(pusher_config_add_pinned_key, PIN, "sha256/AAAA", "key", "sha256/");
    check_setter(pusher_config_add_pinned_key, PIN, PIN PIN, "key", "sha256/");
    check_setter(pusher_config_set_origin, "https://example.com", "https://a\r\nX: y", "origin",
                 "origin");
    check_setter(pusher_config_set_bind_address, "127.0.0.1", "localhost", "address",
                 "not an IP address");
    check_setter(pusher_config_set_bind_address, "::1", "127.0.0.1:80", "address",
                 "not an IP address");
}

/* A file that is there, but is no certificate; and one that holds a key. */
static void files_of_certificates(void)
{
    char certificate[300], key[300];
    pusher_config *config = pusher_config_new("app-key");
    snprintf(certificate, sizeof certificate, "%.280s.crt", server_ca_file());
    snprintf(key, sizeof key, "%.280s.key", server_ca_file());
    FILE *file = fopen(certificate, "w");
    CHECK(file != NULL && fputs(CLIENT_CERTIFICATE, file) >= 0 && fclose(file) == 0);
    file = fopen(key, "w");
    CHECK(file != NULL && fputs(CLIENT_KEY, file) >= 0 && fclose(file) == 0);

    CHECK_OK(pusher_config_add_ca_file(config, certificate));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "no certificate", pusher_config_add_ca_file(config, key));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "/dev/null", pusher_config_add_ca_file(config, "/dev/null"));
#define SET(certificate, key) pusher_config_set_client_certificate_files(config, certificate, key)
    CHECK_OK(SET(certificate, key));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "chain_path", SET(NULL, key));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "chain_path", SET(NOT_UTF8, key));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "key_path", SET(certificate, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "key_path", SET(certificate, NOT_UTF8));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "/nowhere/a", SET("/nowhere/a", key));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "/nowhere/b", SET(certificate, "/nowhere/b"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "no certificate", SET(key, key));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "no private key", SET(certificate, certificate));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "cannot be used", SET(server_ca_file(), key));
    CHECK_OK(pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", SET(certificate, key));
    config = NULL;
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", SET(certificate, key));
#undef SET
    CHECK(remove(certificate) == 0 && remove(key) == 0);
}

static void client_certificate(void)
{
    pusher_config *config = pusher_config_new("app-key");
#define SET(certificate, key) pusher_config_set_client_certificate(config, certificate, key)
    CHECK_OK(SET(CLIENT_CERTIFICATE, CLIENT_KEY));
    CHECK_OK(SET(CLIENT_CERTIFICATE CLIENT_CERTIFICATE, CLIENT_KEY));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "chain_pem", SET(NULL, CLIENT_KEY));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "chain_pem", SET(NOT_UTF8, CLIENT_KEY));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "key_pem", SET(CLIENT_CERTIFICATE, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "key_pem", SET(CLIENT_CERTIFICATE, CLIENT_KEY "\xff"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "no certificate", SET("", CLIENT_KEY));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "no certificate", SET(CLIENT_KEY, CLIENT_KEY));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "no private key", SET(CLIENT_CERTIFICATE, ""));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "no private key", SET(CLIENT_CERTIFICATE, CLIENT_CERTIFICATE));
    /* What is broken may be quoted by whoever reads it; a key never is. */
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "no private key",
                SET(CLIENT_CERTIFICATE, "-----BEGIN PRIVATE KEY-----\n" CLIENT_KEY_TEXT));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "no private key",
                SET(CLIENT_CERTIFICATE, "-----BEGIN " CLIENT_KEY_TEXT "\n"));
    CHECK_OK(pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", SET(CLIENT_CERTIFICATE, CLIENT_KEY));
    config = NULL;
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", SET(CLIENT_CERTIFICATE, CLIENT_KEY));
#undef SET
}

static void config_switches(void)
{
    int32_t (*const switches[])(pusher_config *, int32_t) = {
        pusher_config_set_insecure_skip_verify,
        pusher_config_set_tcp_nodelay,
    };
    pusher_config *stale = stale_config();
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        pusher_config *config = pusher_config_new("app-key");
        CHECK_OK(switches[i](config, 0));
        CHECK_OK(switches[i](config, 1));
        CHECK_OK(switches[i](config, INT32_MIN));
        CHECK_OK(pusher_config_free(config));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", switches[i](stale, 1));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", switches[i](NULL, 1));
    }
}

static void config_numbers(void)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK_OK(pusher_config_set_tls_versions(config, PUSHER_TLS_1_2, PUSHER_TLS_1_3));
    CHECK_OK(pusher_config_set_tls_versions(config, PUSHER_TLS_1_3, PUSHER_TLS_1_3));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "newer",
                pusher_config_set_tls_versions(config, PUSHER_TLS_1_3, PUSHER_TLS_1_2));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "11 is no pusher_tls_version",
                pusher_config_set_tls_versions(config, 11, PUSHER_TLS_1_3));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "-1 is no pusher_tls_version",
                pusher_config_set_tls_versions(config, PUSHER_TLS_1_2, -1));

    CHECK_OK(pusher_config_set_tcp_keepalive(config, 0));
    CHECK_OK(pusher_config_set_tcp_keepalive(config, 1));
    CHECK_OK(pusher_config_set_tcp_keepalive(config, 86400000));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "keep-alive", pusher_config_set_tcp_keepalive(config, -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "24 hours",
                pusher_config_set_tcp_keepalive(config, 86400001));

    for (int32_t phase = PUSHER_PHASE_DNS; phase <= PUSHER_PHASE_WEBSOCKET; phase++) {
        CHECK_OK(pusher_config_set_phase_timeout(config, phase, 1));
        CHECK_OK(pusher_config_set_phase_timeout(config, phase, 86400000));
    }
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "5 is no pusher_connect_phase",
                pusher_config_set_phase_timeout(config, PUSHER_PHASE_WEBSOCKET + 1, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "-1 is no pusher_connect_phase",
                pusher_config_set_phase_timeout(config, -1, 1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "time for a step",
                pusher_config_set_phase_timeout(config, PUSHER_PHASE_DNS, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "time for a step",
                pusher_config_set_phase_timeout(config, PUSHER_PHASE_DNS, -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "24 hours",
                pusher_config_set_phase_timeout(config, PUSHER_PHASE_DNS, 86400001));

    CHECK_OK(pusher_config_set_max_tries(config, 0));
    CHECK_OK(pusher_config_set_max_tries(config, UINT32_MAX));

    CHECK_OK(pusher_config_set_retry_patience(config, 0));
    CHECK_OK(pusher_config_set_retry_patience(config, 86400000));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "patience", pusher_config_set_retry_patience(config, -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "24 hours",
                pusher_config_set_retry_patience(config, 86400001));

    for (int32_t policy = PUSHER_QUEUE_BLOCK; policy <= PUSHER_QUEUE_DROP_NEWEST; policy++) {
        CHECK_OK(pusher_config_set_queue_policy(config, policy));
    }
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "-1 is no pusher_queue_policy",
                pusher_config_set_queue_policy(config, -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "3 is no pusher_queue_policy",
                pusher_config_set_queue_policy(config, 3));

    CHECK_OK(pusher_config_free(config));
    for (int i = 0; i < 2; i++) {
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_tls_versions(config, 12, 13));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_tcp_keepalive(config, 1));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_phase_timeout(config, 0, 1));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_max_tries(config, 1));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_retry_patience(config, 1));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_queue_policy(config, 0));
        config = NULL;
    }
}

static void further_hosts(void)
{
    pusher_config *config = pusher_config_new("app-key");
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "host", pusher_config_add_host(config, NULL, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "host", pusher_config_add_host(config, NOT_UTF8, 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "host", pusher_config_add_host(config, "", 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "host", pusher_config_add_host(config, "http://a", 0));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "65535", pusher_config_add_host(config, "a", -1));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "65535", pusher_config_add_host(config, "a", 65536));
    /* None of those took a place. */
    for (int i = 0; i < 15; i++) {
        CHECK_OK(pusher_config_add_host(config, i % 2 ? "localhost" : "::1", i == 0 ? 65535 : i));
    }
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "15", pusher_config_add_host(config, "localhost", 0));
    CHECK_OK(pusher_config_free(config));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_add_host(config, "localhost", 0));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_add_host(NULL, "localhost", 0));
}

static void proxies_and_headers(void)
{
    static const char *const refused[] = {
        "",
        "proxy.example.com:3128",
        "https://ann:" PROXY_PASSWORD "@proxy",
        "ftp://ann:" PROXY_PASSWORD "@proxy",
        "http://ann:" PROXY_PASSWORD "@",
        "http://ann:" PROXY_PASSWORD "@proxy:99999",
        "ann:" PROXY_PASSWORD "@proxy",
    };
    pusher_config *config = pusher_config_new("app-key");
    CHECK_OK(pusher_config_set_proxy(config, "http://ann:" PROXY_PASSWORD "@localhost:3128", NULL));
    CHECK_OK(pusher_config_set_proxy(config, "socks5://127.0.0.1:1080", "localhost,10.0.0.0/8"));
    CHECK_OK(pusher_config_set_proxy(config, "socks5h://[::1]", ""));
    CHECK_OK(pusher_config_set_proxy(config, NULL, NULL));
    CHECK_OK(pusher_config_set_proxy(config, NULL, "localhost"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "url", pusher_config_set_proxy(config, NOT_UTF8, NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "except",
                pusher_config_set_proxy(config, "http://localhost", NOT_UTF8));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_ERROR(PUSHER_ERR_ARGUMENT, "socks5://",
                    pusher_config_set_proxy(config, refused[i], NULL));
    }

    CHECK_OK(pusher_config_add_header(config, "Authorization", TOKEN));
    CHECK_OK(pusher_config_add_header(config, "X-Empty", ""));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_add_header(config, NULL, TOKEN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "value", pusher_config_add_header(config, "A", NULL));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_add_header(config, NOT_UTF8, TOKEN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "value",
                pusher_config_add_header(config, "A", TOKEN "\xff"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "name", pusher_config_add_header(config, "", TOKEN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "a b", pusher_config_add_header(config, "a b", TOKEN));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "X-Split",
                pusher_config_add_header(config, "X-Split", TOKEN "\r\nX-More: 1"));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "handshake itself",
                pusher_config_add_header(config, "Sec-WebSocket-Key", TOKEN));

    CHECK_OK(pusher_config_free(config));
    for (int i = 0; i < 2; i++) {
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_set_proxy(config, NULL, NULL));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "config", pusher_config_add_header(config, "a", "b"));
        config = NULL;
    }
}

/* Client -------------------------------------------------------------------------------------- */

static void client_handles(void)
{
    pusher_client *bad[3];
    bad[0] = NULL;
    bad[1] = stale_client();
    bad[2] = (pusher_client *)(uintptr_t)0x7fff1234;
    for (int i = 0; i < 3; i++) {
        pusher_request request = 77;
        uint64_t count = 77;
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_retry(bad[i], 0, &request));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_network_changed(bad[i], &request));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_dropped(bad[i], &count));
        CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_dropped(bad[i], NULL));
        CHECK(request == 77 && count == 77);
    }
}

static void client_numbers(void)
{
    pusher_client *client = new_client("ann");
    pusher_request request = 77;
    uint64_t count = 77;
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "-2", pusher_client_retry(client, -2, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "-1 means", pusher_client_retry(client, INT32_MIN, &request));
    CHECK_ERROR(PUSHER_ERR_ARGUMENT, "NULL", pusher_client_dropped(client, NULL));
    CHECK(request == 77 && count == 77);
    CHECK_OK(pusher_client_dropped(client, &count));
    CHECK(count == 0);

    /* There is nothing to decide about. */
    CHECK_OK(pusher_client_retry(client, INT32_MAX, NULL));
    CHECK_OK(pusher_client_retry(client, 0, &request));
    CHECK_ERROR(PUSHER_ERR_STATE, "try", pusher_client_wait(client, request, PATIENCE_MS));
    CHECK_OK(pusher_client_network_changed(client, NULL));
    CHECK_OK(pusher_client_network_changed(client, &request));
    CHECK_OK(pusher_client_wait(client, request, PATIENCE_MS));
    CHECK(pusher_client_state(client) == PUSHER_STATE_INITIALIZED);

    CHECK_OK(pusher_client_close(client, PATIENCE_MS));
    request = 77;
    CHECK_ERROR(PUSHER_ERR_CLOSED, "closed", pusher_client_retry(client, 0, &request));
    CHECK_ERROR(PUSHER_ERR_CLOSED, "closed", pusher_client_network_changed(client, &request));
    CHECK_OK(pusher_client_dropped(client, &count));
    CHECK(request == 77 && count == 0);
    CHECK_OK(pusher_client_free(client));
    CHECK_ERROR(PUSHER_ERR_HANDLE, "client", pusher_client_free(client));
}

static gate called = GATE_INITIALIZER;

static void call_everything(const pusher_event *event, void *user_data)
{
    pusher_client *client = (pusher_client *)user_data;
    pusher_config *config;
    uint64_t count = 77;
    (void)event;
    CHECK_OK(pusher_client_dropped(client, &count));
    CHECK(count == 0);
    CHECK_OK(pusher_client_network_changed(client, NULL));
    CHECK_OK(pusher_client_retry(client, -1, NULL));
    /* Configs are not bound to a thread. */
    config = new_tls_config();
    CHECK_OK(pusher_config_add_host(config, "localhost", 0));
    CHECK_OK(pusher_config_set_queue_policy(config, PUSHER_QUEUE_DROP_OLDEST));
    CHECK_OK(pusher_config_free(config));
    gate_add(&called, 1);
}

static void in_a_callback(void)
{
    pusher_client *client = new_client("ann");
    pusher_callback callback = {call_everything, NULL, NULL};
    callback.user_data = client;
    CHECK_OK(pusher_client_bind_with(client, "news", "pusher:subscription_succeeded",
                                     PUSHER_BIND_ONCE, &callback, NULL));
    connect_client(client);
    CHECK_OK(pusher_client_subscribe(client, "news", NULL, NULL));
    CHECK(gate_reaches(&called, 1));
    /* There was no try to decide about, so that it is connected as before. */
    ping_server(client);
    CHECK_OK(pusher_client_free(client));
}

static const test tests[] = {
    {"config_texts", config_texts},
    {"files_of_certificates", files_of_certificates},
    {"client_certificate", client_certificate},
    {"config_switches", config_switches},
    {"config_numbers", config_numbers},
    {"further_hosts", further_hosts},
    {"proxies_and_headers", proxies_and_headers},
    {"client_handles", client_handles},
    {"client_numbers", client_numbers},
    {"in_a_callback", in_a_callback},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    start_server();
    int failed = run_tests(tests, argc, argv);
    stop_server();
    return failed;
}
