// The C API of pusherws for Delphi and Free Pascal, one to one: every function, type and constant of
// include/pusherws.h under its own name. The header is the manual: who owns what, which thread, what nil means and
// which errors there are. Text is UTF-8 here. For everyday work there is TPusherClient, in PusherWS.pas.
//
// scripts/check-pascal-api.py compares this unit with the header, and with --update writes the declarations anew.
//
// The library is loaded by LoadPusherWS, when it is first needed. With the define PUSHERWS_IMPORT it is linked
// instead, and the system looks for it when the program starts.
unit PusherWS.Api;

{$IFDEF FPC}
  {$MODE DELPHI}
  {$PACKRECORDS C}
{$ELSE}
  {$ALIGN 8}
  {$IFNDEF MSWINDOWS}
    {$MESSAGE FATAL 'With Delphi, PusherWS is for Win32 and Win64; with Free Pascal it is for Unix and macOS, too'}
  {$ENDIF}
{$ENDIF}
{$Z4}

interface

uses
  {$IFDEF FPC}SysUtils{$ELSE}System.SysUtils{$ENDIF};

const
  // What the library is called, and what LoadPusherWS looks for where it is not told. On Linux the file's name has the
  // version of the binary interface, as programs in C ask for it.
{$IF Defined(MSWINDOWS)}
  PUSHERWS_LIBRARY = 'pusherws.dll';
  PUSHERWS_LIBRARY_FILE = 'pusherws.dll';
{$ELSEIF Defined(DARWIN)}
  PUSHERWS_LIBRARY = 'pusherws';
  PUSHERWS_LIBRARY_FILE = 'libpusherws.dylib';
{$ELSE}
  PUSHERWS_LIBRARY = 'pusherws';
  PUSHERWS_LIBRARY_FILE = 'libpusherws.so.0';
{$IFEND}

  // The version that this unit was written for. In C they are PUSHER_VERSION and PUSHER_ABI_VERSION, which Pascal
  // cannot tell from the functions.
  PUSHERWS_VERSION = '0.1.0';
  PUSHER_VERSION_MAJOR = 0;
  PUSHER_VERSION_MINOR = 1;
  PUSHER_VERSION_PATCH = 0;
  PUSHERWS_ABI_VERSION = 0;

  // pusher_status: how a call or a request ended
  PUSHER_OK = 0;
  PUSHER_ERR_ARGUMENT = -1;
  PUSHER_ERR_HANDLE = -2;
  PUSHER_ERR_STATE = -3;
  PUSHER_ERR_TIMEOUT = -4;
  PUSHER_ERR_CANCELLED = -5;
  PUSHER_ERR_WOULD_DEADLOCK = -6;
  PUSHER_ERR_QUEUE_FULL = -7;
  PUSHER_ERR_NOT_CONNECTED = -8;
  PUSHER_ERR_NOT_SUBSCRIBED = -9;
  PUSHER_ERR_CHANNEL = -10;
  PUSHER_ERR_FORBIDDEN = -11;
  PUSHER_ERR_AUTH = -12;
  PUSHER_ERR_REFUSED = -13;
  PUSHER_ERR_NETWORK = -14;
  PUSHER_ERR_TLS = -15;
  PUSHER_ERR_PROTOCOL = -16;
  PUSHER_ERR_TOO_LARGE = -17;
  PUSHER_ERR_UNSUPPORTED = -18;
  PUSHER_ERR_FORKED = -19;
  PUSHER_ERR_PANIC = -20;
  PUSHER_ERR_CLOSED = -21;
  PUSHER_ERR_NOT_FOUND = -22;
  PUSHER_ERR_SYSTEM = -23;
  PUSHER_ERR_DECRYPTION = -24;
  PUSHER_ERR_RATE_LIMITED = -25;

  // pusher_event_kind: what an event is about
  PUSHER_EVENT_MESSAGE = 1;
  PUSHER_EVENT_STATE_CHANGE = 2;
  PUSHER_EVENT_ERROR = 3;
  PUSHER_EVENT_SUBSCRIBED = 4;
  PUSHER_EVENT_SUBSCRIPTION_ERROR = 5;
  PUSHER_EVENT_MEMBER_ADDED = 6;
  PUSHER_EVENT_MEMBER_REMOVED = 7;
  PUSHER_EVENT_SUBSCRIPTION_COUNT = 8;
  PUSHER_EVENT_CACHE_MISS = 9;
  PUSHER_EVENT_COMPLETED = 10;
  PUSHER_EVENT_PROTOCOL = 11;
  PUSHER_EVENT_AUTHORIZE = 12;
  PUSHER_EVENT_AUTHORIZE_USER = 13;
  PUSHER_EVENT_PREPARE_AUTHORIZATION = 14;
  PUSHER_EVENT_DECRYPTION_ERROR = 15;
  PUSHER_EVENT_SIGNED_IN = 16;
  PUSHER_EVENT_SIGN_IN_ERROR = 17;
  PUSHER_EVENT_WATCHLIST = 18;
  PUSHER_EVENT_GAP = 19;
  PUSHER_EVENT_DROPPED = 20;
  PUSHER_EVENT_LOG = 21;

  // pusher_connection_state
  PUSHER_STATE_INITIALIZED = 0;
  PUSHER_STATE_CONNECTING = 1;
  PUSHER_STATE_CONNECTED = 2;
  PUSHER_STATE_UNAVAILABLE = 3;
  PUSHER_STATE_DISCONNECTED = 4;
  PUSHER_STATE_FAILED = 5;

  // pusher_channel_state
  PUSHER_CHANNEL_STATE_NONE = 0;
  PUSHER_CHANNEL_STATE_WAITING = 1;
  PUSHER_CHANNEL_STATE_PENDING = 2;
  PUSHER_CHANNEL_STATE_SUBSCRIBED = 3;
  PUSHER_CHANNEL_STATE_REFUSED = 4;

  // pusher_channel_kind
  PUSHER_CHANNEL_PUBLIC = 0;
  PUSHER_CHANNEL_PRIVATE = 1;
  PUSHER_CHANNEL_PRESENCE = 2;
  PUSHER_CHANNEL_CACHE = 3;
  PUSHER_CHANNEL_PRIVATE_CACHE = 4;
  PUSHER_CHANNEL_PRESENCE_CACHE = 5;
  PUSHER_CHANNEL_PRIVATE_ENCRYPTED = 6;
  PUSHER_CHANNEL_PRIVATE_ENCRYPTED_CACHE = 7;

  // pusher_data_format: how the server wrote an event's data
  PUSHER_DATA_NONE = 0;
  PUSHER_DATA_TEXT = 1;
  PUSHER_DATA_JSON = 2;

  // pusher_over_limit: what happens to client events beyond the limit on their rate
  PUSHER_OVER_LIMIT_WAIT = 0;
  PUSHER_OVER_LIMIT_REFUSE = 1;
  PUSHER_OVER_LIMIT_KEEP_LATEST = 2;

  // pusher_limits: whose limits names and data are checked by
  PUSHER_LIMITS_COMMON = 0;
  PUSHER_LIMITS_PUSHER = 1;
  PUSHER_LIMITS_SOKETI = 2;
  PUSHER_LIMITS_REVERB = 3;
  PUSHER_LIMITS_SOCKUDO = 4;

  // pusher_bind_flags
  PUSHER_BIND_ONCE = 1;
  PUSHER_BIND_GLOB = 2;

  // pusher_delivery: on which thread callbacks run
  PUSHER_DELIVER_THREAD = 0;
  PUSHER_DELIVER_POLL = 1;
  PUSHER_DELIVER_INLINE = 2;

  // pusher_queue_policy: what happens to messages when callbacks do not keep up
  PUSHER_QUEUE_BLOCK = 0;
  PUSHER_QUEUE_DROP_OLDEST = 1;
  PUSHER_QUEUE_DROP_NEWEST = 2;

  // pusher_tls_version
  PUSHER_TLS_1_2 = 12;
  PUSHER_TLS_1_3 = 13;

  // pusher_connect_phase: the steps of connecting
  PUSHER_PHASE_DNS = 0;
  PUSHER_PHASE_TCP = 1;
  PUSHER_PHASE_PROXY = 2;
  PUSHER_PHASE_TLS = 3;
  PUSHER_PHASE_WEBSOCKET = 4;

  // pusher_cause: why a connection was lost, or a try failed
  PUSHER_CAUSE_NETWORK = 0;
  PUSHER_CAUSE_TIMEOUT = 1;
  PUSHER_CAUSE_TLS = 2;
  PUSHER_CAUSE_PROTOCOL = 3;
  PUSHER_CAUSE_REFUSED = 4;
  PUSHER_CAUSE_CLOSE_TLS_ONLY = 5;
  PUSHER_CAUSE_CLOSE_FATAL = 6;
  PUSHER_CAUSE_CLOSE_BACK_OFF = 7;
  PUSHER_CAUSE_CLOSE_RECONNECT = 8;
  PUSHER_CAUSE_CLOSE_OTHER = 9;
  PUSHER_CAUSE_APPLICATION = 10;

  // pusher_log_level
  PUSHER_LOG_OFF = 0;
  PUSHER_LOG_ERROR = 1;
  PUSHER_LOG_WARN = 2;
  PUSHER_LOG_INFO = 3;
  PUSHER_LOG_DEBUG = 4;
  PUSHER_LOG_TRACE = 5;

type
{$IFNDEF FPC}
  // Not all Delphis have them
  PNativeInt = ^NativeInt;
  PNativeUInt = ^NativeUInt;
  PUInt64 = ^UInt64;
{$ENDIF}

  // Numbers that have names of their own in C; the functions take and return them as Integer
  pusher_status = Integer;
  pusher_event_kind = Integer;
  pusher_connection_state = Integer;
  pusher_channel_state = Integer;
  pusher_channel_kind = Integer;
  pusher_data_format = Integer;
  pusher_over_limit = Integer;
  pusher_limits = Integer;
  pusher_bind_flags = Integer;
  pusher_delivery = Integer;
  pusher_queue_policy = Integer;
  pusher_tls_version = Integer;
  pusher_connect_phase = Integer;
  pusher_cause = Integer;
  pusher_log_level = Integer;
  pusher_request = UInt64;
  pusher_binding = UInt64;

  // What only the library looks into
  pusher_batch = record end;
  pusher_channels = record end;
  pusher_client = record end;
  pusher_config = record end;
  pusher_events = record end;
  pusher_members = record end;
  pusher_metrics = record end;
  pusher_queue = record end;

  Ppusher_batch = ^pusher_batch;
  Ppusher_binding = ^pusher_binding;
  Ppusher_callback = ^pusher_callback;
  Ppusher_channel_metrics = ^pusher_channel_metrics;
  PPpusher_channels = ^Ppusher_channels;
  Ppusher_channels = ^pusher_channels;
  PPpusher_client = ^Ppusher_client;
  Ppusher_client = ^pusher_client;
  Ppusher_config = ^pusher_config;
  PPpusher_event = ^Ppusher_event;
  Ppusher_event = ^pusher_event;
  PPpusher_events = ^Ppusher_events;
  Ppusher_events = ^pusher_events;
  Ppusher_member = ^pusher_member;
  PPpusher_members = ^Ppusher_members;
  Ppusher_members = ^pusher_members;
  PPpusher_metrics = ^Ppusher_metrics;
  Ppusher_metrics = ^pusher_metrics;
  PPpusher_queue = ^Ppusher_queue;
  Ppusher_queue = ^pusher_queue;
  Ppusher_request = ^pusher_request;
  Ppusher_totals = ^pusher_totals;
  Ppusher_wakeup = ^pusher_wakeup;

  pusher_event_callback = procedure(event: Ppusher_event; user_data: Pointer); cdecl;
  pusher_drop_callback = procedure(user_data: Pointer); cdecl;
  pusher_wakeup_callback = procedure(user_data: Pointer); cdecl;

  pusher_event = record
    size: Cardinal;
    kind: Integer;
    status: Integer;
    code: Integer;
    request: UInt64;
    value: Int64;
    state: Integer;
    previous_state: Integer;
    retry_in_ms: Int64;
    data_format: Integer;
    reserved: Integer;
    name: PAnsiChar;
    name_len: NativeUInt;
    channel: PAnsiChar;
    channel_len: NativeUInt;
    data: PAnsiChar;
    data_len: NativeUInt;
    user_id: PAnsiChar;
    user_id_len: NativeUInt;
    socket_id: PAnsiChar;
    socket_id_len: NativeUInt;
    client: Ppusher_client;
  end;

  pusher_callback = record
    call: pusher_event_callback;
    drop: pusher_drop_callback;
    user_data: Pointer;
  end;

  pusher_wakeup = record
    call: pusher_wakeup_callback;
    drop: pusher_drop_callback;
    user_data: Pointer;
  end;

  pusher_member = record
    size: Cardinal;
    is_me: Integer;
    user_id: PAnsiChar;
    user_id_len: NativeUInt;
    user_info: PAnsiChar;
    user_info_len: NativeUInt;
  end;

  pusher_totals = record
    size: Cardinal;
    state: Integer;
    connected_since_ms: UInt64;
    events: UInt64;
    messages: UInt64;
    dropped: UInt64;
    frames_in: UInt64;
    bytes_in: UInt64;
    frames_out: UInt64;
    bytes_out: UInt64;
    unsent_bytes: UInt64;
    queue_depth: UInt64;
    queue_bytes: UInt64;
    queue_high_water: UInt64;
    tries: UInt64;
    connects: UInt64;
    losses: UInt64;
    failed_tries: UInt64;
    pongs: UInt64;
    ping_last_us: UInt64;
    ping_min_us: UInt64;
    ping_max_us: UInt64;
    ping_p50_us: UInt64;
    ping_p90_us: UInt64;
    ping_p99_us: UInt64;
  end;

  pusher_channel_metrics = record
    size: Cardinal;
    state: Integer;
    messages: UInt64;
    bytes: UInt64;
    last_ms: UInt64;
    name: PAnsiChar;
    name_len: NativeUInt;
  end;

{$IFDEF PUSHERWS_IMPORT}
function pusher_version: PAnsiChar; cdecl; external PUSHERWS_LIBRARY;
function pusher_abi_version: Cardinal; cdecl; external PUSHERWS_LIBRARY;
function pusher_last_error(buffer: PAnsiChar; capacity: NativeUInt): NativeUInt; cdecl; external PUSHERWS_LIBRARY;
function pusher_status_name(status: Integer): PAnsiChar; cdecl; external PUSHERWS_LIBRARY;
function pusher_config_new(key: PAnsiChar): Ppusher_config; cdecl; external PUSHERWS_LIBRARY;
function pusher_config_free(config: Ppusher_config): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_config_set_cluster(config: Ppusher_config; cluster: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_host(config: Ppusher_config; host: PAnsiChar): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_config_set_port(config: Ppusher_config; port: Integer): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_config_set_path(config: Ppusher_config; path: PAnsiChar): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_config_set_tls(config: Ppusher_config; tls: Integer): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_config_set_secret(config: Ppusher_config; secret: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_presence_user(config: Ppusher_config; user_id: PAnsiChar; user_info: PAnsiChar): Integer;
  cdecl; external PUSHERWS_LIBRARY;
function pusher_config_set_client_name(config: Ppusher_config; name: PAnsiChar; version: PAnsiChar): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_config_set_connect_timeout(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_activity_timeout(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_pong_timeout(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_subscribe_timeout(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_backoff(config: Ppusher_config; first_ms: Integer; longest_ms: Integer): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_config_set_max_message_size(config: Ppusher_config; bytes: NativeUInt): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_queue_capacity(config: Ppusher_config; events: NativeUInt): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_delivery(config: Ppusher_config; delivery: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_log_level(config: Ppusher_config; level: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_shared_queue(config: Ppusher_config; queue: Ppusher_queue): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_network_threads(config: Ppusher_config; threads: Cardinal): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_auth_endpoint(config: Ppusher_config; url: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_user_auth_endpoint(config: Ppusher_config; url: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_auth_json(config: Ppusher_config; json: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_auth_batches(config: Ppusher_config; batches: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_auth_prepared(config: Ppusher_config; prepared: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_add_auth_header(config: Ppusher_config; name: PAnsiChar; value: PAnsiChar): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_config_add_auth_param(config: Ppusher_config; name: PAnsiChar; value: PAnsiChar): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_config_set_auth_timeout(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_authorizer(config: Ppusher_config; batches: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_encryption_master_key(config: Ppusher_config; base64: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_user(config: Ppusher_config; user_data: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_app_id(config: Ppusher_config; app_id: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_api_host(config: Ppusher_config; host: PAnsiChar; port: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_api_timeout(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_publish_rate(config: Ppusher_config; per_second: Cardinal; over_limit: Integer): Integer;
  cdecl; external PUSHERWS_LIBRARY;
function pusher_config_set_publish_queue(config: Ppusher_config; events: NativeUInt; ttl_ms: Integer): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_config_set_presence_grace(config: Ppusher_config; grace_ms: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_limits(config: Ppusher_config; profile: Integer; lenient: Integer): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_config_set_custom_limits(config: Ppusher_config; channel_name: NativeUInt; event_name: NativeUInt;
  event_data: NativeUInt; lenient: Integer): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_config_add_host(config: Ppusher_config; host: PAnsiChar; port: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_add_ca_file(config: Ppusher_config; path: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_add_ca_pem(config: Ppusher_config; pem: PAnsiChar): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_config_set_client_certificate(config: Ppusher_config; chain_pem: PAnsiChar; key_pem: PAnsiChar):
  Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_config_set_client_certificate_files(config: Ppusher_config; chain_path: PAnsiChar; key_path:
  PAnsiChar): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_config_add_pinned_key(config: Ppusher_config; key: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_insecure_skip_verify(config: Ppusher_config; skip: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_tls_versions(config: Ppusher_config; oldest: Integer; newest: Integer): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_config_set_proxy(config: Ppusher_config; url: PAnsiChar; except_: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_add_header(config: Ppusher_config; name: PAnsiChar; value: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_origin(config: Ppusher_config; origin: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_bind_address(config: Ppusher_config; address: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_tcp_keepalive(config: Ppusher_config; idle_ms: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_tcp_nodelay(config: Ppusher_config; nodelay: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_phase_timeout(config: Ppusher_config; phase: Integer; timeout_ms: Integer): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_config_set_max_tries(config: Ppusher_config; tries: Cardinal): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_retry_patience(config: Ppusher_config; patience_ms: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_config_set_queue_policy(config: Ppusher_config; policy: Integer): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_client_new(config: Ppusher_config; client: PPpusher_client): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_client_connect(client: Ppusher_client; request: Ppusher_request): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_client_disconnect(client: Ppusher_client; request: Ppusher_request): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_client_ping(client: Ppusher_client; request: Ppusher_request): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_client_retry(client: Ppusher_client; delay_ms: Integer; request: Ppusher_request): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_client_network_changed(client: Ppusher_client; request: Ppusher_request): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_client_dropped(client: Ppusher_client; count: PUInt64): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_wait(client: Ppusher_client; request: pusher_request; timeout_ms: Integer): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_client_state(client: Ppusher_client): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_socket_id(client: Ppusher_client; buffer: PAnsiChar; capacity: NativeUInt; length:
  PNativeUInt): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_bind(client: Ppusher_client; channel: PAnsiChar; event: PAnsiChar; callback: Ppusher_callback;
  binding: Ppusher_binding): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_bind_with(client: Ppusher_client; channel: PAnsiChar; event: PAnsiChar; flags: Integer;
  callback: Ppusher_callback; binding: Ppusher_binding): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_unbind(client: Ppusher_client; binding: pusher_binding): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_client_close(client: Ppusher_client; timeout_ms: Integer): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_free(client: Ppusher_client): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_dispatch(client: Ppusher_client; max_events: Cardinal; timeout_ms: Integer; count: PCardinal):
  Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_next(client: Ppusher_client; timeout_ms: Integer; event: PPpusher_event): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_client_next_batch(client: Ppusher_client; max_events: Cardinal; timeout_ms: Integer; events:
  PPpusher_events): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_descriptor(client: Ppusher_client; descriptor: PNativeInt): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_client_set_wakeup(client: Ppusher_client; wakeup: Ppusher_wakeup): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_queue_new(queue: PPpusher_queue): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_queue_dispatch(queue: Ppusher_queue; max_events: Cardinal; timeout_ms: Integer; count: PCardinal):
  Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_queue_next(queue: Ppusher_queue; timeout_ms: Integer; event: PPpusher_event): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_queue_next_batch(queue: Ppusher_queue; max_events: Cardinal; timeout_ms: Integer; events:
  PPpusher_events): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_queue_descriptor(queue: Ppusher_queue; descriptor: PNativeInt): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_queue_set_wakeup(queue: Ppusher_queue; wakeup: Ppusher_wakeup): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_queue_free(queue: Ppusher_queue): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_channel_name(kind: Integer; name: PAnsiChar; buffer: PAnsiChar; capacity: NativeUInt; length:
  PNativeUInt): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_subscribe(client: Ppusher_client; channel: PAnsiChar; channel_data: PAnsiChar; request:
  Ppusher_request): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_subscribe_kind(client: Ppusher_client; kind: Integer; name: PAnsiChar; channel_data: PAnsiChar;
  request: Ppusher_request): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_unsubscribe(client: Ppusher_client; channel: PAnsiChar; request: Ppusher_request): Integer;
  cdecl; external PUSHERWS_LIBRARY;
function pusher_client_unsubscribe_all(client: Ppusher_client; request: Ppusher_request): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_client_publish(client: Ppusher_client; channel: PAnsiChar; event: PAnsiChar; data: PAnsiChar;
  data_len: NativeUInt; request: Ppusher_request): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_channel_state(client: Ppusher_client; channel: PAnsiChar): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_client_channels(client: Ppusher_client; channels: PPpusher_channels): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_channels_count(channels: Ppusher_channels): NativeUInt; cdecl; external PUSHERWS_LIBRARY;
function pusher_channels_name(channels: Ppusher_channels; index: NativeUInt): PAnsiChar; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_channels_state(channels: Ppusher_channels; index: NativeUInt): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_channels_free(channels: Ppusher_channels): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_members(client: Ppusher_client; channel: PAnsiChar; members: PPpusher_members): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_members_count(members: Ppusher_members): NativeUInt; cdecl; external PUSHERWS_LIBRARY;
function pusher_members_at(members: Ppusher_members; index: NativeUInt): Ppusher_member; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_members_find(members: Ppusher_members; user_id: PAnsiChar): Ppusher_member; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_members_me(members: Ppusher_members): Ppusher_member; cdecl; external PUSHERWS_LIBRARY;
function pusher_members_free(members: Ppusher_members): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_subscribe_with_auth(client: Ppusher_client; channel: PAnsiChar; auth: PAnsiChar; channel_data:
  PAnsiChar; shared_secret: PAnsiChar; request: Ppusher_request): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_authorize(client: Ppusher_client; number: pusher_request; channel: PAnsiChar; auth: PAnsiChar;
  channel_data: PAnsiChar; shared_secret: PAnsiChar): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_authorize_user(client: Ppusher_client; number: pusher_request; auth: PAnsiChar; user_data:
  PAnsiChar): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_refuse(client: Ppusher_client; number: pusher_request; reason: PAnsiChar): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_client_prepare(client: Ppusher_client; number: pusher_request; headers: PPAnsiChar; params:
  PPAnsiChar): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_sign_in(client: Ppusher_client; request: Ppusher_request): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_client_trigger(client: Ppusher_client; channels: PPAnsiChar; count: NativeUInt; event: PAnsiChar;
  data: PAnsiChar; data_len: NativeUInt; socket_id: PAnsiChar; info: PAnsiChar; request: Ppusher_request): Integer;
  cdecl; external PUSHERWS_LIBRARY;
function pusher_batch_new: Ppusher_batch; cdecl; external PUSHERWS_LIBRARY;
function pusher_batch_free(batch: Ppusher_batch): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_batch_add(batch: Ppusher_batch; channel: PAnsiChar; event: PAnsiChar; data: PAnsiChar; data_len:
  NativeUInt; socket_id: PAnsiChar; info: PAnsiChar): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_trigger_batch(client: Ppusher_client; batch: Ppusher_batch; request: Ppusher_request): Integer;
  cdecl; external PUSHERWS_LIBRARY;
function pusher_client_get_channels(client: Ppusher_client; prefix: PAnsiChar; info: PAnsiChar; request:
  Ppusher_request): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_get_channel(client: Ppusher_client; channel: PAnsiChar; info: PAnsiChar; request:
  Ppusher_request): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_get_users(client: Ppusher_client; channel: PAnsiChar; request: Ppusher_request): Integer;
  cdecl; external PUSHERWS_LIBRARY;
function pusher_client_terminate_user(client: Ppusher_client; user_id: PAnsiChar; request: Ppusher_request): Integer;
  cdecl; external PUSHERWS_LIBRARY;
function pusher_client_send_to_user(client: Ppusher_client; user_id: PAnsiChar; event: PAnsiChar; data: PAnsiChar;
  data_len: NativeUInt; request: Ppusher_request): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_authorize_channel(config: Ppusher_config; socket_id: PAnsiChar; channel: PAnsiChar; channel_data:
  PAnsiChar; buffer: PAnsiChar; capacity: NativeUInt; length: PNativeUInt): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_authorize_user(config: Ppusher_config; socket_id: PAnsiChar; user_data: PAnsiChar; buffer: PAnsiChar;
  capacity: NativeUInt; length: PNativeUInt): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_verify_webhook(config: Ppusher_config; key: PAnsiChar; signature: PAnsiChar; body: PAnsiChar;
  body_len: NativeUInt): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_encrypt(config: Ppusher_config; channel: PAnsiChar; data: PAnsiChar; data_len: NativeUInt; buffer:
  PAnsiChar; capacity: NativeUInt; length: PNativeUInt): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_event_clone(event: Ppusher_event): Ppusher_event; cdecl; external PUSHERWS_LIBRARY;
function pusher_event_free(event: Ppusher_event): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_events_count(events: Ppusher_events): NativeUInt; cdecl; external PUSHERWS_LIBRARY;
function pusher_events_at(events: Ppusher_events; index: NativeUInt): Ppusher_event; cdecl; external PUSHERWS_LIBRARY;
function pusher_events_text(events: Ppusher_events; length: PNativeUInt): PAnsiChar; cdecl; external PUSHERWS_LIBRARY;
function pusher_events_free(events: Ppusher_events): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_metrics(client: Ppusher_client; metrics: PPpusher_metrics): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_metrics_totals(metrics: Ppusher_metrics): Ppusher_totals; cdecl; external PUSHERWS_LIBRARY;
function pusher_metrics_events(metrics: Ppusher_metrics; kind: Integer; count: PUInt64): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_metrics_losses(metrics: Ppusher_metrics; cause: Integer; count: PUInt64): Integer; cdecl; external
  PUSHERWS_LIBRARY;
function pusher_metrics_failed_tries(metrics: Ppusher_metrics; cause: Integer; count: PUInt64): Integer; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_metrics_channel_count(metrics: Ppusher_metrics): NativeUInt; cdecl; external PUSHERWS_LIBRARY;
function pusher_metrics_channel_at(metrics: Ppusher_metrics; index: NativeUInt): Ppusher_channel_metrics; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_metrics_channel(metrics: Ppusher_metrics; channel: PAnsiChar): Ppusher_channel_metrics; cdecl;
  external PUSHERWS_LIBRARY;
function pusher_metrics_free(metrics: Ppusher_metrics): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_prometheus(client: Ppusher_client; name: PAnsiChar; buffer: PAnsiChar; capacity: NativeUInt;
  length: PNativeUInt): Integer; cdecl; external PUSHERWS_LIBRARY;
function pusher_client_dump(client: Ppusher_client; buffer: PAnsiChar; capacity: NativeUInt; length: PNativeUInt):
  Integer; cdecl; external PUSHERWS_LIBRARY;
{$ELSE}
var
  // nil until LoadPusherWS has been called
  pusher_version: function: PAnsiChar; cdecl;
  pusher_abi_version: function: Cardinal; cdecl;
  pusher_last_error: function(buffer: PAnsiChar; capacity: NativeUInt): NativeUInt; cdecl;
  pusher_status_name: function(status: Integer): PAnsiChar; cdecl;
  pusher_config_new: function(key: PAnsiChar): Ppusher_config; cdecl;
  pusher_config_free: function(config: Ppusher_config): Integer; cdecl;
  pusher_config_set_cluster: function(config: Ppusher_config; cluster: PAnsiChar): Integer; cdecl;
  pusher_config_set_host: function(config: Ppusher_config; host: PAnsiChar): Integer; cdecl;
  pusher_config_set_port: function(config: Ppusher_config; port: Integer): Integer; cdecl;
  pusher_config_set_path: function(config: Ppusher_config; path: PAnsiChar): Integer; cdecl;
  pusher_config_set_tls: function(config: Ppusher_config; tls: Integer): Integer; cdecl;
  pusher_config_set_secret: function(config: Ppusher_config; secret: PAnsiChar): Integer; cdecl;
  pusher_config_set_presence_user: function(config: Ppusher_config; user_id: PAnsiChar; user_info: PAnsiChar):
    Integer; cdecl;
  pusher_config_set_client_name: function(config: Ppusher_config; name: PAnsiChar; version: PAnsiChar): Integer;
    cdecl;
  pusher_config_set_connect_timeout: function(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl;
  pusher_config_set_activity_timeout: function(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl;
  pusher_config_set_pong_timeout: function(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl;
  pusher_config_set_subscribe_timeout: function(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl;
  pusher_config_set_backoff: function(config: Ppusher_config; first_ms: Integer; longest_ms: Integer): Integer; cdecl;
  pusher_config_set_max_message_size: function(config: Ppusher_config; bytes: NativeUInt): Integer; cdecl;
  pusher_config_set_queue_capacity: function(config: Ppusher_config; events: NativeUInt): Integer; cdecl;
  pusher_config_set_delivery: function(config: Ppusher_config; delivery: Integer): Integer; cdecl;
  pusher_config_set_log_level: function(config: Ppusher_config; level: Integer): Integer; cdecl;
  pusher_config_set_shared_queue: function(config: Ppusher_config; queue: Ppusher_queue): Integer; cdecl;
  pusher_config_set_network_threads: function(config: Ppusher_config; threads: Cardinal): Integer; cdecl;
  pusher_config_set_auth_endpoint: function(config: Ppusher_config; url: PAnsiChar): Integer; cdecl;
  pusher_config_set_user_auth_endpoint: function(config: Ppusher_config; url: PAnsiChar): Integer; cdecl;
  pusher_config_set_auth_json: function(config: Ppusher_config; json: Integer): Integer; cdecl;
  pusher_config_set_auth_batches: function(config: Ppusher_config; batches: Integer): Integer; cdecl;
  pusher_config_set_auth_prepared: function(config: Ppusher_config; prepared: Integer): Integer; cdecl;
  pusher_config_add_auth_header: function(config: Ppusher_config; name: PAnsiChar; value: PAnsiChar): Integer; cdecl;
  pusher_config_add_auth_param: function(config: Ppusher_config; name: PAnsiChar; value: PAnsiChar): Integer; cdecl;
  pusher_config_set_auth_timeout: function(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl;
  pusher_config_set_authorizer: function(config: Ppusher_config; batches: Integer): Integer; cdecl;
  pusher_config_set_encryption_master_key: function(config: Ppusher_config; base64: PAnsiChar): Integer; cdecl;
  pusher_config_set_user: function(config: Ppusher_config; user_data: PAnsiChar): Integer; cdecl;
  pusher_config_set_app_id: function(config: Ppusher_config; app_id: PAnsiChar): Integer; cdecl;
  pusher_config_set_api_host: function(config: Ppusher_config; host: PAnsiChar; port: Integer): Integer; cdecl;
  pusher_config_set_api_timeout: function(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl;
  pusher_config_set_publish_rate: function(config: Ppusher_config; per_second: Cardinal; over_limit: Integer):
    Integer; cdecl;
  pusher_config_set_publish_queue: function(config: Ppusher_config; events: NativeUInt; ttl_ms: Integer): Integer;
    cdecl;
  pusher_config_set_presence_grace: function(config: Ppusher_config; grace_ms: Integer): Integer; cdecl;
  pusher_config_set_limits: function(config: Ppusher_config; profile: Integer; lenient: Integer): Integer; cdecl;
  pusher_config_set_custom_limits: function(config: Ppusher_config; channel_name: NativeUInt; event_name: NativeUInt;
    event_data: NativeUInt; lenient: Integer): Integer; cdecl;
  pusher_config_add_host: function(config: Ppusher_config; host: PAnsiChar; port: Integer): Integer; cdecl;
  pusher_config_add_ca_file: function(config: Ppusher_config; path: PAnsiChar): Integer; cdecl;
  pusher_config_add_ca_pem: function(config: Ppusher_config; pem: PAnsiChar): Integer; cdecl;
  pusher_config_set_client_certificate: function(config: Ppusher_config; chain_pem: PAnsiChar; key_pem: PAnsiChar):
    Integer; cdecl;
  pusher_config_set_client_certificate_files: function(config: Ppusher_config; chain_path: PAnsiChar; key_path:
    PAnsiChar): Integer; cdecl;
  pusher_config_add_pinned_key: function(config: Ppusher_config; key: PAnsiChar): Integer; cdecl;
  pusher_config_set_insecure_skip_verify: function(config: Ppusher_config; skip: Integer): Integer; cdecl;
  pusher_config_set_tls_versions: function(config: Ppusher_config; oldest: Integer; newest: Integer): Integer; cdecl;
  pusher_config_set_proxy: function(config: Ppusher_config; url: PAnsiChar; except_: PAnsiChar): Integer; cdecl;
  pusher_config_add_header: function(config: Ppusher_config; name: PAnsiChar; value: PAnsiChar): Integer; cdecl;
  pusher_config_set_origin: function(config: Ppusher_config; origin: PAnsiChar): Integer; cdecl;
  pusher_config_set_bind_address: function(config: Ppusher_config; address: PAnsiChar): Integer; cdecl;
  pusher_config_set_tcp_keepalive: function(config: Ppusher_config; idle_ms: Integer): Integer; cdecl;
  pusher_config_set_tcp_nodelay: function(config: Ppusher_config; nodelay: Integer): Integer; cdecl;
  pusher_config_set_phase_timeout: function(config: Ppusher_config; phase: Integer; timeout_ms: Integer): Integer;
    cdecl;
  pusher_config_set_max_tries: function(config: Ppusher_config; tries: Cardinal): Integer; cdecl;
  pusher_config_set_retry_patience: function(config: Ppusher_config; patience_ms: Integer): Integer; cdecl;
  pusher_config_set_queue_policy: function(config: Ppusher_config; policy: Integer): Integer; cdecl;
  pusher_client_new: function(config: Ppusher_config; client: PPpusher_client): Integer; cdecl;
  pusher_client_connect: function(client: Ppusher_client; request: Ppusher_request): Integer; cdecl;
  pusher_client_disconnect: function(client: Ppusher_client; request: Ppusher_request): Integer; cdecl;
  pusher_client_ping: function(client: Ppusher_client; request: Ppusher_request): Integer; cdecl;
  pusher_client_retry: function(client: Ppusher_client; delay_ms: Integer; request: Ppusher_request): Integer; cdecl;
  pusher_client_network_changed: function(client: Ppusher_client; request: Ppusher_request): Integer; cdecl;
  pusher_client_dropped: function(client: Ppusher_client; count: PUInt64): Integer; cdecl;
  pusher_client_wait: function(client: Ppusher_client; request: pusher_request; timeout_ms: Integer): Integer; cdecl;
  pusher_client_state: function(client: Ppusher_client): Integer; cdecl;
  pusher_client_socket_id: function(client: Ppusher_client; buffer: PAnsiChar; capacity: NativeUInt; length:
    PNativeUInt): Integer; cdecl;
  pusher_client_bind: function(client: Ppusher_client; channel: PAnsiChar; event: PAnsiChar; callback:
    Ppusher_callback; binding: Ppusher_binding): Integer; cdecl;
  pusher_client_bind_with: function(client: Ppusher_client; channel: PAnsiChar; event: PAnsiChar; flags: Integer;
    callback: Ppusher_callback; binding: Ppusher_binding): Integer; cdecl;
  pusher_client_unbind: function(client: Ppusher_client; binding: pusher_binding): Integer; cdecl;
  pusher_client_close: function(client: Ppusher_client; timeout_ms: Integer): Integer; cdecl;
  pusher_client_free: function(client: Ppusher_client): Integer; cdecl;
  pusher_client_dispatch: function(client: Ppusher_client; max_events: Cardinal; timeout_ms: Integer; count:
    PCardinal): Integer; cdecl;
  pusher_client_next: function(client: Ppusher_client; timeout_ms: Integer; event: PPpusher_event): Integer; cdecl;
  pusher_client_next_batch: function(client: Ppusher_client; max_events: Cardinal; timeout_ms: Integer; events:
    PPpusher_events): Integer; cdecl;
  pusher_client_descriptor: function(client: Ppusher_client; descriptor: PNativeInt): Integer; cdecl;
  pusher_client_set_wakeup: function(client: Ppusher_client; wakeup: Ppusher_wakeup): Integer; cdecl;
  pusher_queue_new: function(queue: PPpusher_queue): Integer; cdecl;
  pusher_queue_dispatch: function(queue: Ppusher_queue; max_events: Cardinal; timeout_ms: Integer; count: PCardinal):
    Integer; cdecl;
  pusher_queue_next: function(queue: Ppusher_queue; timeout_ms: Integer; event: PPpusher_event): Integer; cdecl;
  pusher_queue_next_batch: function(queue: Ppusher_queue; max_events: Cardinal; timeout_ms: Integer; events:
    PPpusher_events): Integer; cdecl;
  pusher_queue_descriptor: function(queue: Ppusher_queue; descriptor: PNativeInt): Integer; cdecl;
  pusher_queue_set_wakeup: function(queue: Ppusher_queue; wakeup: Ppusher_wakeup): Integer; cdecl;
  pusher_queue_free: function(queue: Ppusher_queue): Integer; cdecl;
  pusher_channel_name: function(kind: Integer; name: PAnsiChar; buffer: PAnsiChar; capacity: NativeUInt; length:
    PNativeUInt): Integer; cdecl;
  pusher_client_subscribe: function(client: Ppusher_client; channel: PAnsiChar; channel_data: PAnsiChar; request:
    Ppusher_request): Integer; cdecl;
  pusher_client_subscribe_kind: function(client: Ppusher_client; kind: Integer; name: PAnsiChar; channel_data:
    PAnsiChar; request: Ppusher_request): Integer; cdecl;
  pusher_client_unsubscribe: function(client: Ppusher_client; channel: PAnsiChar; request: Ppusher_request): Integer;
    cdecl;
  pusher_client_unsubscribe_all: function(client: Ppusher_client; request: Ppusher_request): Integer; cdecl;
  pusher_client_publish: function(client: Ppusher_client; channel: PAnsiChar; event: PAnsiChar; data: PAnsiChar;
    data_len: NativeUInt; request: Ppusher_request): Integer; cdecl;
  pusher_client_channel_state: function(client: Ppusher_client; channel: PAnsiChar): Integer; cdecl;
  pusher_client_channels: function(client: Ppusher_client; channels: PPpusher_channels): Integer; cdecl;
  pusher_channels_count: function(channels: Ppusher_channels): NativeUInt; cdecl;
  pusher_channels_name: function(channels: Ppusher_channels; index: NativeUInt): PAnsiChar; cdecl;
  pusher_channels_state: function(channels: Ppusher_channels; index: NativeUInt): Integer; cdecl;
  pusher_channels_free: function(channels: Ppusher_channels): Integer; cdecl;
  pusher_client_members: function(client: Ppusher_client; channel: PAnsiChar; members: PPpusher_members): Integer;
    cdecl;
  pusher_members_count: function(members: Ppusher_members): NativeUInt; cdecl;
  pusher_members_at: function(members: Ppusher_members; index: NativeUInt): Ppusher_member; cdecl;
  pusher_members_find: function(members: Ppusher_members; user_id: PAnsiChar): Ppusher_member; cdecl;
  pusher_members_me: function(members: Ppusher_members): Ppusher_member; cdecl;
  pusher_members_free: function(members: Ppusher_members): Integer; cdecl;
  pusher_client_subscribe_with_auth: function(client: Ppusher_client; channel: PAnsiChar; auth: PAnsiChar;
    channel_data: PAnsiChar; shared_secret: PAnsiChar; request: Ppusher_request): Integer; cdecl;
  pusher_client_authorize: function(client: Ppusher_client; number: pusher_request; channel: PAnsiChar; auth:
    PAnsiChar; channel_data: PAnsiChar; shared_secret: PAnsiChar): Integer; cdecl;
  pusher_client_authorize_user: function(client: Ppusher_client; number: pusher_request; auth: PAnsiChar; user_data:
    PAnsiChar): Integer; cdecl;
  pusher_client_refuse: function(client: Ppusher_client; number: pusher_request; reason: PAnsiChar): Integer; cdecl;
  pusher_client_prepare: function(client: Ppusher_client; number: pusher_request; headers: PPAnsiChar; params:
    PPAnsiChar): Integer; cdecl;
  pusher_client_sign_in: function(client: Ppusher_client; request: Ppusher_request): Integer; cdecl;
  pusher_client_trigger: function(client: Ppusher_client; channels: PPAnsiChar; count: NativeUInt; event: PAnsiChar;
    data: PAnsiChar; data_len: NativeUInt; socket_id: PAnsiChar; info: PAnsiChar; request: Ppusher_request): Integer;
    cdecl;
  pusher_batch_new: function: Ppusher_batch; cdecl;
  pusher_batch_free: function(batch: Ppusher_batch): Integer; cdecl;
  pusher_batch_add: function(batch: Ppusher_batch; channel: PAnsiChar; event: PAnsiChar; data: PAnsiChar; data_len:
    NativeUInt; socket_id: PAnsiChar; info: PAnsiChar): Integer; cdecl;
  pusher_client_trigger_batch: function(client: Ppusher_client; batch: Ppusher_batch; request: Ppusher_request):
    Integer; cdecl;
  pusher_client_get_channels: function(client: Ppusher_client; prefix: PAnsiChar; info: PAnsiChar; request:
    Ppusher_request): Integer; cdecl;
  pusher_client_get_channel: function(client: Ppusher_client; channel: PAnsiChar; info: PAnsiChar; request:
    Ppusher_request): Integer; cdecl;
  pusher_client_get_users: function(client: Ppusher_client; channel: PAnsiChar; request: Ppusher_request): Integer;
    cdecl;
  pusher_client_terminate_user: function(client: Ppusher_client; user_id: PAnsiChar; request: Ppusher_request):
    Integer; cdecl;
  pusher_client_send_to_user: function(client: Ppusher_client; user_id: PAnsiChar; event: PAnsiChar; data: PAnsiChar;
    data_len: NativeUInt; request: Ppusher_request): Integer; cdecl;
  pusher_authorize_channel: function(config: Ppusher_config; socket_id: PAnsiChar; channel: PAnsiChar; channel_data:
    PAnsiChar; buffer: PAnsiChar; capacity: NativeUInt; length: PNativeUInt): Integer; cdecl;
  pusher_authorize_user: function(config: Ppusher_config; socket_id: PAnsiChar; user_data: PAnsiChar; buffer:
    PAnsiChar; capacity: NativeUInt; length: PNativeUInt): Integer; cdecl;
  pusher_verify_webhook: function(config: Ppusher_config; key: PAnsiChar; signature: PAnsiChar; body: PAnsiChar;
    body_len: NativeUInt): Integer; cdecl;
  pusher_encrypt: function(config: Ppusher_config; channel: PAnsiChar; data: PAnsiChar; data_len: NativeUInt; buffer:
    PAnsiChar; capacity: NativeUInt; length: PNativeUInt): Integer; cdecl;
  pusher_event_clone: function(event: Ppusher_event): Ppusher_event; cdecl;
  pusher_event_free: function(event: Ppusher_event): Integer; cdecl;
  pusher_events_count: function(events: Ppusher_events): NativeUInt; cdecl;
  pusher_events_at: function(events: Ppusher_events; index: NativeUInt): Ppusher_event; cdecl;
  pusher_events_text: function(events: Ppusher_events; length: PNativeUInt): PAnsiChar; cdecl;
  pusher_events_free: function(events: Ppusher_events): Integer; cdecl;
  pusher_client_metrics: function(client: Ppusher_client; metrics: PPpusher_metrics): Integer; cdecl;
  pusher_metrics_totals: function(metrics: Ppusher_metrics): Ppusher_totals; cdecl;
  pusher_metrics_events: function(metrics: Ppusher_metrics; kind: Integer; count: PUInt64): Integer; cdecl;
  pusher_metrics_losses: function(metrics: Ppusher_metrics; cause: Integer; count: PUInt64): Integer; cdecl;
  pusher_metrics_failed_tries: function(metrics: Ppusher_metrics; cause: Integer; count: PUInt64): Integer; cdecl;
  pusher_metrics_channel_count: function(metrics: Ppusher_metrics): NativeUInt; cdecl;
  pusher_metrics_channel_at: function(metrics: Ppusher_metrics; index: NativeUInt): Ppusher_channel_metrics; cdecl;
  pusher_metrics_channel: function(metrics: Ppusher_metrics; channel: PAnsiChar): Ppusher_channel_metrics; cdecl;
  pusher_metrics_free: function(metrics: Ppusher_metrics): Integer; cdecl;
  pusher_client_prometheus: function(client: Ppusher_client; name: PAnsiChar; buffer: PAnsiChar; capacity: NativeUInt;
    length: PNativeUInt): Integer; cdecl;
  pusher_client_dump: function(client: Ppusher_client; buffer: PAnsiChar; capacity: NativeUInt; length: PNativeUInt):
    Integer; cdecl;
{$ENDIF}

type
  // The library is missing, is not for this program, or is another version's
  EPusherLoad = class(Exception);

// Loads the library, and checks that it has all functions and the right binary interface; raises EPusherLoad with the
// path and the reason where that is not so. Without a path, the system looks for PUSHERWS_LIBRARY_FILE where it looks
// for all libraries. Does nothing where it has been loaded already. Not to be called by two threads at the same time.
//
// It is never unloaded: threads of the library may be under way.
//
// On Unix it also checks that the program has threads at all.
procedure LoadPusherWS(const path: string = '');

implementation

{$IFNDEF PUSHERWS_IMPORT}
uses
{$IFDEF FPC}
  dynlibs;
{$ELSE}
  Winapi.Windows;
{$ENDIF}
{$ENDIF}

function HasThreads: Boolean;
{$IF Defined(FPC) and Defined(UNIX)}
var
  manager: TThreadManager;
begin
  GetThreadManager(manager);
  Result := Assigned(manager.InitManager);
end;
{$ELSE}
begin
  Result := True;
end;
{$IFEND}

// Without them all threads share their threadvars, and with them their exceptions: what comes of that is seen much
// later, and elsewhere.
procedure CheckThreads;
begin
  if not HasThreads then
    raise EPusherLoad.Create('PusherWS: this program has no threads; put cthreads first in the uses clause of the '
      + 'program, before all other units');
end;

{$IFDEF PUSHERWS_IMPORT}

procedure LoadPusherWS(const path: string);
begin
  CheckThreads;
  if path <> '' then
    raise EPusherLoad.CreateFmt('PusherWS: "%s" cannot be loaded, since this program is linked to the library; compile '
      + 'it without the define PUSHERWS_IMPORT', [path]);
  if pusher_abi_version() <> PUSHERWS_ABI_VERSION then
    raise EPusherLoad.CreateFmt('PusherWS: the library that this program is linked to has the binary interface %d, and '
      + 'this program was compiled for %d; install the library that belongs to these units',
      [pusher_abi_version(), PUSHERWS_ABI_VERSION]);
end;

{$ELSE}

type
  THandleOfLibrary = {$IFDEF FPC}TLibHandle{$ELSE}HMODULE{$ENDIF};

var
  Loaded: Boolean = False;
  Handle: THandleOfLibrary;
  Missing: string;

procedure Resolve(slot: Pointer; const name: AnsiString);
begin
  PPointer(slot)^ := nil;
  if Handle <> 0 then
    PPointer(slot)^ := GetProcAddress(Handle, PAnsiChar(name));
  if (PPointer(slot)^ = nil) and (Missing = '') then
    Missing := string(name);
end;

procedure ResolveAll;
begin
  Resolve(@@pusher_version, 'pusher_version');
  Resolve(@@pusher_abi_version, 'pusher_abi_version');
  Resolve(@@pusher_last_error, 'pusher_last_error');
  Resolve(@@pusher_status_name, 'pusher_status_name');
  Resolve(@@pusher_config_new, 'pusher_config_new');
  Resolve(@@pusher_config_free, 'pusher_config_free');
  Resolve(@@pusher_config_set_cluster, 'pusher_config_set_cluster');
  Resolve(@@pusher_config_set_host, 'pusher_config_set_host');
  Resolve(@@pusher_config_set_port, 'pusher_config_set_port');
  Resolve(@@pusher_config_set_path, 'pusher_config_set_path');
  Resolve(@@pusher_config_set_tls, 'pusher_config_set_tls');
  Resolve(@@pusher_config_set_secret, 'pusher_config_set_secret');
  Resolve(@@pusher_config_set_presence_user, 'pusher_config_set_presence_user');
  Resolve(@@pusher_config_set_client_name, 'pusher_config_set_client_name');
  Resolve(@@pusher_config_set_connect_timeout, 'pusher_config_set_connect_timeout');
  Resolve(@@pusher_config_set_activity_timeout, 'pusher_config_set_activity_timeout');
  Resolve(@@pusher_config_set_pong_timeout, 'pusher_config_set_pong_timeout');
  Resolve(@@pusher_config_set_subscribe_timeout, 'pusher_config_set_subscribe_timeout');
  Resolve(@@pusher_config_set_backoff, 'pusher_config_set_backoff');
  Resolve(@@pusher_config_set_max_message_size, 'pusher_config_set_max_message_size');
  Resolve(@@pusher_config_set_queue_capacity, 'pusher_config_set_queue_capacity');
  Resolve(@@pusher_config_set_delivery, 'pusher_config_set_delivery');
  Resolve(@@pusher_config_set_log_level, 'pusher_config_set_log_level');
  Resolve(@@pusher_config_set_shared_queue, 'pusher_config_set_shared_queue');
  Resolve(@@pusher_config_set_network_threads, 'pusher_config_set_network_threads');
  Resolve(@@pusher_config_set_auth_endpoint, 'pusher_config_set_auth_endpoint');
  Resolve(@@pusher_config_set_user_auth_endpoint, 'pusher_config_set_user_auth_endpoint');
  Resolve(@@pusher_config_set_auth_json, 'pusher_config_set_auth_json');
  Resolve(@@pusher_config_set_auth_batches, 'pusher_config_set_auth_batches');
  Resolve(@@pusher_config_set_auth_prepared, 'pusher_config_set_auth_prepared');
  Resolve(@@pusher_config_add_auth_header, 'pusher_config_add_auth_header');
  Resolve(@@pusher_config_add_auth_param, 'pusher_config_add_auth_param');
  Resolve(@@pusher_config_set_auth_timeout, 'pusher_config_set_auth_timeout');
  Resolve(@@pusher_config_set_authorizer, 'pusher_config_set_authorizer');
  Resolve(@@pusher_config_set_encryption_master_key, 'pusher_config_set_encryption_master_key');
  Resolve(@@pusher_config_set_user, 'pusher_config_set_user');
  Resolve(@@pusher_config_set_app_id, 'pusher_config_set_app_id');
  Resolve(@@pusher_config_set_api_host, 'pusher_config_set_api_host');
  Resolve(@@pusher_config_set_api_timeout, 'pusher_config_set_api_timeout');
  Resolve(@@pusher_config_set_publish_rate, 'pusher_config_set_publish_rate');
  Resolve(@@pusher_config_set_publish_queue, 'pusher_config_set_publish_queue');
  Resolve(@@pusher_config_set_presence_grace, 'pusher_config_set_presence_grace');
  Resolve(@@pusher_config_set_limits, 'pusher_config_set_limits');
  Resolve(@@pusher_config_set_custom_limits, 'pusher_config_set_custom_limits');
  Resolve(@@pusher_config_add_host, 'pusher_config_add_host');
  Resolve(@@pusher_config_add_ca_file, 'pusher_config_add_ca_file');
  Resolve(@@pusher_config_add_ca_pem, 'pusher_config_add_ca_pem');
  Resolve(@@pusher_config_set_client_certificate, 'pusher_config_set_client_certificate');
  Resolve(@@pusher_config_set_client_certificate_files, 'pusher_config_set_client_certificate_files');
  Resolve(@@pusher_config_add_pinned_key, 'pusher_config_add_pinned_key');
  Resolve(@@pusher_config_set_insecure_skip_verify, 'pusher_config_set_insecure_skip_verify');
  Resolve(@@pusher_config_set_tls_versions, 'pusher_config_set_tls_versions');
  Resolve(@@pusher_config_set_proxy, 'pusher_config_set_proxy');
  Resolve(@@pusher_config_add_header, 'pusher_config_add_header');
  Resolve(@@pusher_config_set_origin, 'pusher_config_set_origin');
  Resolve(@@pusher_config_set_bind_address, 'pusher_config_set_bind_address');
  Resolve(@@pusher_config_set_tcp_keepalive, 'pusher_config_set_tcp_keepalive');
  Resolve(@@pusher_config_set_tcp_nodelay, 'pusher_config_set_tcp_nodelay');
  Resolve(@@pusher_config_set_phase_timeout, 'pusher_config_set_phase_timeout');
  Resolve(@@pusher_config_set_max_tries, 'pusher_config_set_max_tries');
  Resolve(@@pusher_config_set_retry_patience, 'pusher_config_set_retry_patience');
  Resolve(@@pusher_config_set_queue_policy, 'pusher_config_set_queue_policy');
  Resolve(@@pusher_client_new, 'pusher_client_new');
  Resolve(@@pusher_client_connect, 'pusher_client_connect');
  Resolve(@@pusher_client_disconnect, 'pusher_client_disconnect');
  Resolve(@@pusher_client_ping, 'pusher_client_ping');
  Resolve(@@pusher_client_retry, 'pusher_client_retry');
  Resolve(@@pusher_client_network_changed, 'pusher_client_network_changed');
  Resolve(@@pusher_client_dropped, 'pusher_client_dropped');
  Resolve(@@pusher_client_wait, 'pusher_client_wait');
  Resolve(@@pusher_client_state, 'pusher_client_state');
  Resolve(@@pusher_client_socket_id, 'pusher_client_socket_id');
  Resolve(@@pusher_client_bind, 'pusher_client_bind');
  Resolve(@@pusher_client_bind_with, 'pusher_client_bind_with');
  Resolve(@@pusher_client_unbind, 'pusher_client_unbind');
  Resolve(@@pusher_client_close, 'pusher_client_close');
  Resolve(@@pusher_client_free, 'pusher_client_free');
  Resolve(@@pusher_client_dispatch, 'pusher_client_dispatch');
  Resolve(@@pusher_client_next, 'pusher_client_next');
  Resolve(@@pusher_client_next_batch, 'pusher_client_next_batch');
  Resolve(@@pusher_client_descriptor, 'pusher_client_descriptor');
  Resolve(@@pusher_client_set_wakeup, 'pusher_client_set_wakeup');
  Resolve(@@pusher_queue_new, 'pusher_queue_new');
  Resolve(@@pusher_queue_dispatch, 'pusher_queue_dispatch');
  Resolve(@@pusher_queue_next, 'pusher_queue_next');
  Resolve(@@pusher_queue_next_batch, 'pusher_queue_next_batch');
  Resolve(@@pusher_queue_descriptor, 'pusher_queue_descriptor');
  Resolve(@@pusher_queue_set_wakeup, 'pusher_queue_set_wakeup');
  Resolve(@@pusher_queue_free, 'pusher_queue_free');
  Resolve(@@pusher_channel_name, 'pusher_channel_name');
  Resolve(@@pusher_client_subscribe, 'pusher_client_subscribe');
  Resolve(@@pusher_client_subscribe_kind, 'pusher_client_subscribe_kind');
  Resolve(@@pusher_client_unsubscribe, 'pusher_client_unsubscribe');
  Resolve(@@pusher_client_unsubscribe_all, 'pusher_client_unsubscribe_all');
  Resolve(@@pusher_client_publish, 'pusher_client_publish');
  Resolve(@@pusher_client_channel_state, 'pusher_client_channel_state');
  Resolve(@@pusher_client_channels, 'pusher_client_channels');
  Resolve(@@pusher_channels_count, 'pusher_channels_count');
  Resolve(@@pusher_channels_name, 'pusher_channels_name');
  Resolve(@@pusher_channels_state, 'pusher_channels_state');
  Resolve(@@pusher_channels_free, 'pusher_channels_free');
  Resolve(@@pusher_client_members, 'pusher_client_members');
  Resolve(@@pusher_members_count, 'pusher_members_count');
  Resolve(@@pusher_members_at, 'pusher_members_at');
  Resolve(@@pusher_members_find, 'pusher_members_find');
  Resolve(@@pusher_members_me, 'pusher_members_me');
  Resolve(@@pusher_members_free, 'pusher_members_free');
  Resolve(@@pusher_client_subscribe_with_auth, 'pusher_client_subscribe_with_auth');
  Resolve(@@pusher_client_authorize, 'pusher_client_authorize');
  Resolve(@@pusher_client_authorize_user, 'pusher_client_authorize_user');
  Resolve(@@pusher_client_refuse, 'pusher_client_refuse');
  Resolve(@@pusher_client_prepare, 'pusher_client_prepare');
  Resolve(@@pusher_client_sign_in, 'pusher_client_sign_in');
  Resolve(@@pusher_client_trigger, 'pusher_client_trigger');
  Resolve(@@pusher_batch_new, 'pusher_batch_new');
  Resolve(@@pusher_batch_free, 'pusher_batch_free');
  Resolve(@@pusher_batch_add, 'pusher_batch_add');
  Resolve(@@pusher_client_trigger_batch, 'pusher_client_trigger_batch');
  Resolve(@@pusher_client_get_channels, 'pusher_client_get_channels');
  Resolve(@@pusher_client_get_channel, 'pusher_client_get_channel');
  Resolve(@@pusher_client_get_users, 'pusher_client_get_users');
  Resolve(@@pusher_client_terminate_user, 'pusher_client_terminate_user');
  Resolve(@@pusher_client_send_to_user, 'pusher_client_send_to_user');
  Resolve(@@pusher_authorize_channel, 'pusher_authorize_channel');
  Resolve(@@pusher_authorize_user, 'pusher_authorize_user');
  Resolve(@@pusher_verify_webhook, 'pusher_verify_webhook');
  Resolve(@@pusher_encrypt, 'pusher_encrypt');
  Resolve(@@pusher_event_clone, 'pusher_event_clone');
  Resolve(@@pusher_event_free, 'pusher_event_free');
  Resolve(@@pusher_events_count, 'pusher_events_count');
  Resolve(@@pusher_events_at, 'pusher_events_at');
  Resolve(@@pusher_events_text, 'pusher_events_text');
  Resolve(@@pusher_events_free, 'pusher_events_free');
  Resolve(@@pusher_client_metrics, 'pusher_client_metrics');
  Resolve(@@pusher_metrics_totals, 'pusher_metrics_totals');
  Resolve(@@pusher_metrics_events, 'pusher_metrics_events');
  Resolve(@@pusher_metrics_losses, 'pusher_metrics_losses');
  Resolve(@@pusher_metrics_failed_tries, 'pusher_metrics_failed_tries');
  Resolve(@@pusher_metrics_channel_count, 'pusher_metrics_channel_count');
  Resolve(@@pusher_metrics_channel_at, 'pusher_metrics_channel_at');
  Resolve(@@pusher_metrics_channel, 'pusher_metrics_channel');
  Resolve(@@pusher_metrics_free, 'pusher_metrics_free');
  Resolve(@@pusher_client_prometheus, 'pusher_client_prometheus');
  Resolve(@@pusher_client_dump, 'pusher_client_dump');
end;

function Open(const path: string): THandleOfLibrary;
begin
{$IFDEF FPC}
  Result := dynlibs.LoadLibrary(path);
{$ELSE}
  // This one keeps the mask of the floating-point unit, which other people's DLLs like to change
  Result := SafeLoadLibrary(path);
{$ENDIF}
end;

function WhyNotOpened: string;
begin
{$IFDEF FPC}
  Result := GetLoadErrorStr;
{$ELSE}
  Result := SysErrorMessage(GetLastError);
{$ENDIF}
end;

// What is wrong with the library that has been opened; empty for nothing
function WhatIsWrong: string;
begin
  Result := '';
  Missing := '';
  Resolve(@@pusher_abi_version, 'pusher_abi_version');
  if Missing <> '' then
    Exit('it has no function pusher_abi_version, and so is not pusherws');
  // Before the other functions: where the version differs, what is missing is no news
  if pusher_abi_version() <> PUSHERWS_ABI_VERSION then
    Exit(Format('it has the binary interface %d, and this program was compiled for %d; use the library that belongs '
      + 'to these units', [pusher_abi_version(), PUSHERWS_ABI_VERSION]));
  ResolveAll;
  if Missing <> '' then
    Exit(Format('it has no function %s; use the library that belongs to these units, version %s or later',
      [Missing, PUSHERWS_VERSION]));
end;

procedure LoadPusherWS(const path: string);
var
  name, reason: string;
begin
  CheckThreads;
  if Loaded then
    Exit;
  name := path;
  if name = '' then
    name := PUSHERWS_LIBRARY_FILE;
  Handle := Open(name);
  if Handle = 0 then
    raise EPusherLoad.CreateFmt('PusherWS: cannot load the library "%s": %s. Put it beside the program, or give its '
      + 'path to LoadPusherWS; a %d-bit program needs the %2:d-bit library',
      [name, WhyNotOpened, SizeOf(Pointer) * 8]);
  reason := WhatIsWrong;
  if reason <> '' then
  begin
    FreeLibrary(Handle);
    Handle := 0;
    // Nothing that points into it may stay
    ResolveAll;
    raise EPusherLoad.CreateFmt('PusherWS: cannot use the library "%s": %s', [name, reason]);
  end;
  Loaded := True;
end;

{$ENDIF}

initialization
  // The library's threads call in. As long as this is False, the reference counts of strings are not safe for that.
  // (Without threads, True would end the program, and not as clearly as LoadPusherWS does.)
  IsMultiThread := HasThreads;
end.
