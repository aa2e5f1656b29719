/*
 * The way to the server: TLS, proxies, headers, addresses. Arguments: a file with a certificate
 * authority, and the files of a certificate with its key, all in PEM.
 */
#include "example.h"

/* Options that the embedded server cannot honour: they have to fit together. */
static void makes_a_client(pusher_config *config)
{
    pusher_client *client = NULL;
    must(pusher_client_new(config, &client));
    must(pusher_client_free(client));
    must(pusher_config_free(config));
}

static char *text_of(const char *path)
{
    static char text[2][16384];
    static int turn;
    char *buffer = text[turn++ % 2];
    FILE *file = fopen(path, "rb");
    expect(file != NULL, "the file is there");
    size_t length = fread(buffer, 1, sizeof text[0] - 1, file);
    buffer[length] = '\0';
    fclose(file);
    return buffer;
}

static void own_authority(const char *ca_path)
{
    pusher_config *config = embedded_server();
    //! [own_authority]
    /* The server's certificate comes from an authority of your own. */
    int32_t status = pusher_config_add_ca_file(config, ca_path);
    if (status != PUSHER_OK) {
        char why[256];
        pusher_last_error(why, sizeof why); /* names the file and what is wrong with it */
        fprintf(stderr, "%s\n", why);
    }
    //! [own_authority]
    must(status);
    const char *ca_pem = text_of(ca_path);
    //! [own_authority_pem]
    pusher_config_add_ca_pem(config, ca_pem); /* the same from memory, where it is built in */
    //! [own_authority_pem]
    makes_a_client(config);
}

static void client_certificate(const char *chain_path, const char *key_path)
{
    pusher_config *config = embedded_server();
    //! [client_certificate_files]
    /* The server wants to see a certificate (mutual TLS). */
    if (pusher_config_set_client_certificate_files(config, chain_path, key_path) != PUSHER_OK) {
        char why[256];
        pusher_last_error(why, sizeof why);
        fprintf(stderr, "%s\n", why);
    }
    //! [client_certificate_files]
    const char *chain_pem = text_of(chain_path);
    const char *key_pem = text_of(key_path);
    //! [client_certificate]
    /* From memory, as from a key store: the key is copied, and overwritten when it is dropped. */
    pusher_config_set_client_certificate(config, chain_pem, key_pem);
    //! [client_certificate]
    makes_a_client(config);
}

static void pinned(void)
{
    pusher_config *config = embedded_server();
    //! [pinned_key]
    /* The server's key and its successor; openssl or a refusal's own message tells a key's hash. */
    pusher_config_add_pinned_key(config, "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    pusher_config_add_pinned_key(config, "sha256/LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=");
    pusher_config_set_tls_versions(config, PUSHER_TLS_1_3, PUSHER_TLS_1_3);
    //! [pinned_key]
    makes_a_client(config);
}

static void insecure(void)
{
    pusher_config *config = embedded_server();
    //! [insecure]
    /* For an experiment with a self-signed certificate. With a pinned key it would be safe. */
    pusher_config_set_insecure_skip_verify(config, 1);
    //! [insecure]
    makes_a_client(config);
}

static void proxy(void)
{
    pusher_config *config = embedded_server();
    //! [proxy]
    pusher_config_set_proxy(config, "http://ann:pass%20word@proxy.example.com:3128",
                            "localhost,.example.com,10.0.0.0/8");
    //! [proxy]
    makes_a_client(config);
    config = embedded_server();
    //! [no_proxy]
    pusher_config_set_proxy(config, NULL, NULL); /* none, whatever HTTPS_PROXY says */
    //! [no_proxy]
    makes_a_client(config);
}

static void handshake(void)
{
    pusher_config *config = embedded_server();
    //! [headers]
    pusher_config_set_origin(config, "https://shop.example.com");
    pusher_config_add_header(config, "X-Tenant", "blue"); /* for a gateway before the server */
    //! [headers]
    //! [sockets]
    pusher_config_set_bind_address(config, "127.0.0.1"); /* leave by this address of the machine */
    pusher_config_set_tcp_keepalive(config, 30000);      /* 0: never */
    pusher_config_set_tcp_nodelay(config, 1);            /* the default */
    //! [sockets]
    pusher_client *client = NULL;
    pusher_request request = 0;
    must(pusher_client_new(config, &client));
    must(pusher_config_free(config));
    must(pusher_client_connect(client, &request));
    finish(client, request);
    must(pusher_client_free(client));
}

int main(int argc, char **argv)
{
    expect(argc == 4, "arguments: CA CHAIN KEY");
    own_authority(argv[1]);
    client_certificate(argv[2], argv[3]);
    pinned();
    insecure();
    proxy();
    handshake();
    return 0;
}
