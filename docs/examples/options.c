/*
 * The options of a config, in groups that belong together. Each group is set on a config for the
 * embedded server, and has to connect with it.
 */
#include "example.h"

static void connects(pusher_config *config)
{
    pusher_client *client = NULL;
    pusher_request request = 0;
    must(pusher_client_new(config, &client));
    must(pusher_client_connect(client, &request));
    finish(client, request);
    must(pusher_client_free(client));
    must(pusher_config_free(config));
}

static void times(void)
{
    pusher_config *config = embedded_server();
    //! [times]
    pusher_config_set_connect_timeout(config, 15000);  /* a whole try, from DNS to the socket id */
    pusher_config_set_phase_timeout(config, PUSHER_PHASE_DNS, 3000);
    pusher_config_set_phase_timeout(config, PUSHER_PHASE_TLS, 5000);
    pusher_config_set_activity_timeout(config, 60000); /* ping after a minute of silence */
    pusher_config_set_pong_timeout(config, 10000);     /* and give up after ten seconds more */
    pusher_config_set_subscribe_timeout(config, 10000);
    //! [times]
    connects(config);
}

static void trying_again(void)
{
    pusher_config *config = embedded_server();
    //! [trying_again]
    pusher_config_set_backoff(config, 500, 60000); /* up to 0.5 s, 1 s, 2 s ... a minute */
    pusher_config_set_max_tries(config, 20);       /* then the state is PUSHER_STATE_FAILED */
    pusher_config_add_host(config, "ws-2.example.com", 0);    /* where the first does not answer */
    pusher_config_add_host(config, "ws-3.example.com", 8443); /* 0 above: the first host's port */
    //! [trying_again]
    connects(config);
}

static void amounts(void)
{
    pusher_config *config = embedded_server();
    //! [amounts]
    pusher_config_set_max_message_size(config, 256 * 1024); /* a larger one ends the connection */
    pusher_config_set_queue_capacity(config, 1000);         /* events that may wait for callbacks */
    pusher_config_set_queue_policy(config, PUSHER_QUEUE_DROP_OLDEST); /* beyond: new ones count */
    //! [amounts]
    connects(config);
}

static void publishing(void)
{
    pusher_config *config = embedded_server();
    //! [publishing]
    /* A cursor: only its last place matters, and not for longer than two seconds. */
    pusher_config_set_publish_rate(config, 10, PUSHER_OVER_LIMIT_KEEP_LATEST);
    pusher_config_set_publish_queue(config, 100, 2000);
    //! [publishing]
    connects(config);
}

static void names(void)
{
    pusher_config *config = embedded_server();
    //! [names]
    pusher_config_set_limits(config, PUSHER_LIMITS_PUSHER, 0); /* 164 bytes, 10 KB, checked here */
    //! [names]
    connects(config);

    config = embedded_server();
    //! [custom_names]
    /* A server of your own, configured to take long names and 64 KB. */
    pusher_config_set_custom_limits(config, 255, 255, 64 * 1024, 0);
    //! [custom_names]
    connects(config);
}

static void threads(void)
{
    pusher_config *config = embedded_server();
    //! [threads]
    pusher_config_set_delivery(config, PUSHER_DELIVER_INLINE); /* callbacks must not block now */
    pusher_config_set_network_threads(config, 2); /* clients of this config are spread over two */
    //! [threads]
    connects(config);
}

static void presence(void)
{
    pusher_config *config = embedded_server();
    //! [presence]
    /* After a restart of the server give everybody ten seconds to come back. */
    pusher_config_set_presence_grace(config, 10000);
    //! [presence]
    connects(config);
}

int main(void)
{
    times();
    trying_again();
    amounts();
    publishing();
    names();
    threads();
    presence();
    return 0;
}
