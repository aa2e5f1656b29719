// TPusherClient: a client for Pusher Channels and servers of the same protocol, as a component for Delphi (XE2 and
// later) and Free Pascal (3.2 and later). It stands on PusherWS.Api, and needs nothing else but the library.
//
//     Pusher := TPusherClient.Create(nil);
//     Pusher.Key := 'app-key';
//     Pusher.Cluster := 'eu';
//     Pusher.OnPusherEvent := EventArrived;
//     Pusher.Connect;
//     Pusher.Subscribe('orders');
//
// Events arrive on the main thread, unless DeliverOn says otherwise: programs with windows need do nothing for that,
// others call ProcessEvents. Calls return at once, but for those whose comments say that they wait; those that make a
// request return its number, and how it ended arrives as OnPusherCompleted, or is waited for by WaitFor. What cannot be
// done raises EPusher.
//
// With Free Pascal, string is AnsiString, and holds UTF-8. Programs without the LCL should say so by
// SetMultiByteConversionCodePage(CP_UTF8), and on Unix use cwstring behind cthreads. With the define PUSHERWS_UNICODE,
// string is UnicodeString, for programs in the mode DELPHIUNICODE.
unit PusherWS;

{$IFDEF FPC}
  {$IFDEF PUSHERWS_UNICODE}{$MODE DELPHIUNICODE}{$ELSE}{$MODE DELPHI}{$ENDIF}
  {$IF (FPC_FULLVERSION >= 30301) and not Defined(PUSHERWS_UNICODE)}
    {$MODESWITCH FUNCTIONREFERENCES}
    {$DEFINE PUSHERWS_ANONYMOUS}
  {$IFEND}
  {$ASMMODE INTEL}
  {$DEFINE PUSHERWS_FORCEQUEUE}
{$ELSE}
  {$DEFINE PUSHERWS_ANONYMOUS}
  {$IF CompilerVersion >= 32}
    {$DEFINE PUSHERWS_FORCEQUEUE}
  {$IFEND}
{$ENDIF}

interface

uses
{$IFDEF FPC}
  Classes, SysUtils, SyncObjs,
{$ELSE}
  System.Classes, System.SysUtils, System.SyncObjs,
{$ENDIF}
  PusherWS.Api;

type
  TPusherClient = class;

  // A number that a call gave, to be waited for, or compared with that of OnPusherCompleted
  TPusherRequest = pusher_request;
  TPusherBinding = pusher_binding;

  // In the order of PUSHER_CHANNEL_...
  TPusherChannelKind = (pscPublicChannel, pscPrivateChannel, pscPresenceChannel, pscCacheChannel,
    pscPrivateCacheChannel, pscPresenceCacheChannel, pscPrivateEncryptedChannel, pscPrivateEncryptedCacheChannel);

  // In the order of PUSHER_STATE_...
  TPusherState = (psInitialized, psConnecting, psConnected, psUnavailable, psDisconnected, psFailed);

  // In the order of PUSHER_CHANNEL_STATE_...
  TPusherChannelState = (csNone, csWaiting, csPending, csSubscribed, csRefused);

  // Where handlers are called: on the main thread; on a thread of the client's own; or on the network's, at the lowest
  // cost, where they must not block
  TPusherDelivery = (dmMainThread, dmThread, dmInline);

  // In the orders of PUSHER_QUEUE_..., PUSHER_OVER_LIMIT_... and PUSHER_LIMITS_...
  TPusherQueuePolicy = (qpBlock, qpDropOldest, qpDropNewest);
  TPusherOverLimit = (olWait, olRefuse, olKeepLatest);
  TPusherLimits = (plCommon, plPusher, plSoketi, plReverb, plSockudo);

  TPusherTLSVersion = (tvTLS12, tvTLS13);

  // The environment's (HTTPS_PROXY and its like), none whatever the environment says, or the one in URL
  TPusherProxyKind = (pkEnvironment, pkNone, pkURL);

  TPusherBindOption = (boOnce, boPatterns);
  TPusherBindOptions = set of TPusherBindOption;

  // What the library cannot do, or what a request ended with
  EPusher = class(Exception)
  private
    FStatus: Integer;
    FCode: Integer;
  public
    constructor CreateStatus(Status, Code: Integer; const Text: string);
    // PUSHER_ERR_...
    property Status: Integer read FStatus;
    // Pusher's own code, a close code or an HTTP status; 0 where there is none, or none is known: WaitFor knows it in
    // dmMainThread only
    property Code: Integer read FCode;
    // Such as PUSHER_ERR_TIMEOUT
    function StatusName: string;
  end;

  // All that there is to know about an event. The fields are those of pusher_event in PusherWS.Api; which of them are
  // filled depends on the kind, one of PUSHER_EVENT_...
  TPusherEvent = record
    Kind: Integer;
    Status: Integer;
    Code: Integer;
    Request: TPusherRequest;
    Value: Int64;
    State: TPusherState;
    PreviousState: TPusherState;
    RetryInMs: Int64;
    DataFormat: Integer;
    Name: string;
    Channel: string;
    Data: string;
    UserId: string;
    SocketId: string;
  end;

  TPusherMember = record
    UserId: string;
    // What the member told of itself, as JSON
    UserInfo: string;
    // This client's own user
    IsMe: Boolean;
  end;
  TPusherMemberArray = array of TPusherMember;

  TPusherBatchEvent = record
    Channel: string;
    Event: string;
    Data: string;
    SocketId: string;
    Info: string;
  end;

  // What OnPusherAuthentication and OnPusherPrepareAuthorization are asked
  TPusherAuthRequest = class
  private
    FKey, FSocketId, FChannel, FChannelData: string;
    FChannels: TStringList;
    FIsSignIn: Boolean;
    FNumber: TPusherRequest;
    function GetChannels: TStrings;
  public
    constructor Create(const Key, ChannelData: string; const E: TPusherEvent);
    destructor Destroy; override;
    property Key: string read FKey;
    property SocketId: string read FSocketId;
    // The channel's whole name; empty where it is about a sign-in, or about many channels (AuthBatches)
    property Channel: string read FChannel;
    // All that it is about, one or many; none where it is about a sign-in
    property Channels: TStrings read GetChannels;
    property IsSignIn: Boolean read FIsSignIn;
    // The user that Subscribe was given for this presence channel, or else UserId and UserInfo, as JSON
    property ChannelData: string read FChannelData;
    // For Authorize, AuthorizeUser and Refuse, where the answer comes later
    property Number: TPusherRequest read FNumber;
  end;

  // What OnPusherAuthentication answers: a secret to sign with (the component's, to begin with), or an Auth that was
  // made elsewhere, or a refusal, or a promise to answer later
  TPusherAuthResponse = class
  private
    FSecret, FAuth, FChannelData, FSharedSecret, FUserData, FReason: string;
    FRefused, FDeferred: Boolean;
  public
    procedure Refuse(const Reason: string = '');
    procedure Defer;
    property Secret: string read FSecret write FSecret;
    // KEY:SIGNATURE, made for this socket id
    property Auth: string read FAuth write FAuth;
    // For presence channels: the signed user as JSON, such as {"user_id":"1","user_info":{"name":"Ann"}}; to begin with,
    // that of AuthRequest
    property ChannelData: string read FChannelData write FChannelData;
    // For encrypted channels: the base64 of the channel's key
    property SharedSecret: string read FSharedSecret write FSharedSecret;
    // For a sign-in: the signed user as JSON, such as {"id":"1"}
    property UserData: string read FUserData write FUserData;
  end;

  TPusherConnectEvent = procedure(Sender: TObject; const SocketId: string; Timeout: Integer) of object;
  TPusherCodeEvent = procedure(Sender: TObject; Code: Integer; const Text: string) of object;
  TPusherStateEvent = procedure(Sender: TObject; Previous, Current: TPusherState) of object;
  TPusherMessageEvent = procedure(Sender: TObject; const Event, Channel, Data: string) of object;
  TPusherChannelEvent = procedure(Sender: TObject; const Channel: string) of object;
  TPusherChannelDataEvent = procedure(Sender: TObject; const Channel, Data: string) of object;
  TPusherChannelCodeEvent = procedure(Sender: TObject; const Channel: string; Code: Integer; const Text: string)
    of object;
  TPusherChannelNumberEvent = procedure(Sender: TObject; const Channel: string; Number: Int64) of object;
  TPusherAuthenticationEvent = procedure(Sender: TObject; AuthRequest: TPusherAuthRequest;
    AuthResponse: TPusherAuthResponse) of object;
  TPusherPrepareEvent = procedure(Sender: TObject; AuthRequest: TPusherAuthRequest; Refused: Boolean;
    Headers, Params: TStrings) of object;
  TPusherMemberEvent = procedure(Sender: TObject; const Channel, UserId, UserInfo: string) of object;
  TPusherSignInEvent = procedure(Sender: TObject; const UserId, UserData: string) of object;
  TPusherWatchlistEvent = procedure(Sender: TObject; Online: Boolean; const UserIds: string) of object;
  TPusherNumberEvent = procedure(Sender: TObject; Number: Int64) of object;
  TPusherTextEvent = procedure(Sender: TObject; const Text: string) of object;
  TPusherAnyEvent = procedure(Sender: TObject; const Event: TPusherEvent) of object;
  TPusherExceptionEvent = procedure(Sender: TObject; E: Exception) of object;
  TPusherConfigureEvent = procedure(Sender: TObject; Config: Ppusher_config) of object;
{$IFDEF PUSHERWS_ANONYMOUS}
  TPusherAnyProc = reference to procedure(const Event: TPusherEvent);
{$ENDIF}

  // What the groups of options share. Options are read when the client is made: by the first call that needs it, after
  // the component was made or closed. Until the next Close they cannot be changed.
  TPusherOptions = class(TPersistent)
  private
    FOwner: TPusherClient;
    FTexts: array[0..15] of string;
    FNumbers: array[0..15] of Integer;
    function GetText(Index: Integer): string;
    procedure SetText(Index: Integer; const Value: string);
    function GetNumber(Index: Integer): Integer;
    procedure SetNumber(Index: Integer; Value: Integer);
    function GetFlag(Index: Integer): Boolean;
    procedure SetFlag(Index: Integer; Value: Boolean);
  protected
    function GetOwner: TPersistent; override;
  public
    constructor Create(AOwner: TPusherClient);
    procedure Assign(Source: TPersistent); override;
  end;

  TPusherTLSOptions = class(TPusherOptions)
  private
    FPinnedKeys: TStrings;
    procedure SetPinnedKeys(Value: TStrings);
    function GetVersion(Index: Integer): TPusherTLSVersion;
    procedure SetVersion(Index: Integer; Value: TPusherTLSVersion);
  public
    constructor Create(AOwner: TPusherClient);
    destructor Destroy; override;
    procedure Assign(Source: TPersistent); override;
  published
    // Authorities beside those of the platform, in PEM
    property CAFile: string index 0 read GetText write SetText;
    // What is presented to servers that ask for a certificate
    property CertificateFile: string index 1 read GetText write SetText;
    property KeyFile: string index 2 read GetText write SetText;
    // One a line: sha256/ and the base64 of the public key's SHA-256
    property PinnedKeys: TStrings read FPinnedKeys write SetPinnedKeys;
    // INSECURE: whoever is on the way can read and change everything
    property InsecureSkipVerify: Boolean index 0 read GetFlag write SetFlag default False;
    property OldestVersion: TPusherTLSVersion index 1 read GetVersion write SetVersion default tvTLS12;
    property NewestVersion: TPusherTLSVersion index 2 read GetVersion write SetVersion default tvTLS13;
  end;

  TPusherProxy = class(TPusherOptions)
  private
    function GetKind: TPusherProxyKind;
    procedure SetKind(Value: TPusherProxyKind);
  published
    property Kind: TPusherProxyKind read GetKind write SetKind default pkEnvironment;
    // http://USER:PASSWORD@HOST:PORT, socks5://... or socks5h://...; setting it sets Kind, but not where a form's file does
    property URL: string index 0 read GetText write SetText;
    // Hosts that are connected to directly, written as NO_PROXY is
    property Bypass: string index 1 read GetText write SetText;
  end;

  // In milliseconds; 0 is the library's own default, which the header tells
  TPusherTimeouts = class(TPusherOptions)
  published
    property Connect: Integer index 0 read GetNumber write SetNumber default 0;
    property Activity: Integer index 1 read GetNumber write SetNumber default 0;
    property Pong: Integer index 2 read GetNumber write SetNumber default 0;
    property Subscribe: Integer index 3 read GetNumber write SetNumber default 0;
    property Authorization: Integer index 4 read GetNumber write SetNumber default 0;
    property Api: Integer index 5 read GetNumber write SetNumber default 0;
    // The steps of connecting
    property DNS: Integer index 6 read GetNumber write SetNumber default 0;
    property TCP: Integer index 7 read GetNumber write SetNumber default 0;
    property Proxy: Integer index 8 read GetNumber write SetNumber default 0;
    property TLS: Integer index 9 read GetNumber write SetNumber default 0;
    property WebSocket: Integer index 10 read GetNumber write SetNumber default 0;
    // After how long a silence TCP asks whether the other side is there; -1 for never
    property KeepAlive: Integer index 11 read GetNumber write SetNumber default 0;
  end;

  TPusherReconnect = class(TPusherOptions)
  public
    constructor Create(AOwner: TPusherClient);
  published
    // The delay before the next try is drawn from nothing to FirstDelay, then to twice that, up to LongestDelay
    property FirstDelay: Integer index 0 read GetNumber write SetNumber default 1000;
    property LongestDelay: Integer index 1 read GetNumber write SetNumber default 30000;
    // After so many failures in a row it gives up; 0 for never
    property MaxTries: Integer index 2 read GetNumber write SetNumber default 0;
    // How long a try waits for your decision by Retry
    property Patience: Integer index 3 read GetNumber write SetNumber default 0;
  end;

  // The masks of the floating-point unit
  TPusherFPUState = record
    Control: Cardinal; // 16 bits of it, for the x87
    MXCSR: Cardinal;
  end;

  TPusherPlainCall = function(client: Ppusher_client; request: Ppusher_request): Integer; cdecl;

  TPusherClient = class(TComponent)
  private
    // The library's client and all that its callbacks need, which may outlive this component: TPusherLink
    FLink: TObject;
    FLinkReference: IInterface;
    // For the HTTP API, whose answers are waited for: TPusherApiCaller
    FApi: TObject;
    FApiReference: IInterface;
    // Held by the one whose call is under way, until its answer is there
    FApiLock: TCriticalSection;
    // Held for moments only, so that who ends the component can say so to the one who waits
    FApiGuard: TCriticalSection;
    FApiEnding: Boolean;
    FOptions: TPusherOptions;
    FLists: array[0..3] of TStrings;
    FTLSOptions: TPusherTLSOptions;
    FProxy: TPusherProxy;
    FTimeouts: TPusherTimeouts;
    FReconnect: TPusherReconnect;
    // Whom presence channels were subscribed as, where Subscribe was told, for OnPusherAuthentication: names of channels,
    // and the JSON at the same place of the other list
    FUserChannels, FUsers: TStringList;
    FUsersLock: TCriticalSection;
    FDeliverOn: TPusherDelivery;
    FQueuePolicy: TPusherQueuePolicy;
    FOverLimit: TPusherOverLimit;
    FLimits: TPusherLimits;
    FOnPusherConnect: TPusherConnectEvent;
    FOnPusherDisconnect: TPusherCodeEvent;
    FOnPusherStateChange: TPusherStateEvent;
    FOnPusherError: TPusherCodeEvent;
    FOnPusherEvent: TPusherMessageEvent;
    FOnPusherSubscribe: TPusherChannelDataEvent;
    FOnPusherSubscriptionError: TPusherChannelCodeEvent;
    FOnPusherAuthentication: TPusherAuthenticationEvent;
    FOnPusherPrepareAuthorization: TPusherPrepareEvent;
    FOnPusherCacheMiss: TPusherChannelEvent;
    FOnPusherMemberAdded: TPusherMemberEvent;
    FOnPusherMemberRemoved: TPusherMemberEvent;
    FOnPusherSubscriptionCount: TPusherChannelNumberEvent;
    FOnPusherSignIn: TPusherSignInEvent;
    FOnPusherSignInError: TPusherCodeEvent;
    FOnPusherWatchlist: TPusherWatchlistEvent;
    FOnPusherDecryptionError: TPusherChannelDataEvent;
    FOnPusherGap: TPusherChannelNumberEvent;
    FOnPusherDropped: TPusherNumberEvent;
    FOnPusherCompleted: TPusherAnyEvent;
    FOnPusherLog: TPusherTextEvent;
    FOnPusherException: TPusherExceptionEvent;
    FOnPusherConfigure: TPusherConfigureEvent;
    function GetText(Index: Integer): string;
    procedure SetText(Index: Integer; const Value: string);
    function GetNumber(Index: Integer): Integer;
    procedure SetNumber(Index: Integer; Value: Integer);
    function GetFlag(Index: Integer): Boolean;
    procedure SetFlag(Index: Integer; Value: Boolean);
    function GetList(Index: Integer): TStrings;
    procedure SetList(Index: Integer; Value: TStrings);
    procedure SetTLSOptions(Value: TPusherTLSOptions);
    procedure SetProxy(Value: TPusherProxy);
    procedure SetTimeouts(Value: TPusherTimeouts);
    procedure SetReconnect(Value: TPusherReconnect);
    procedure SetDeliverOn(Value: TPusherDelivery);
    procedure SetQueuePolicy(Value: TPusherQueuePolicy);
    procedure SetOverLimit(Value: TPusherOverLimit);
    procedure SetLimits(Value: TPusherLimits);
    procedure SetOnPusherAuthentication(const Value: TPusherAuthenticationEvent);
    procedure SetOnPusherPrepareAuthorization(const Value: TPusherPrepareEvent);
    procedure SetOnPusherConfigure(const Value: TPusherConfigureEvent);
    procedure ListChanging(Sender: TObject);
    procedure CheckChangeable;
    procedure FillConfig(Config: Ppusher_config; Delivery: Integer);
    function NewConfig(Delivery: Integer): Ppusher_config;
    procedure FreeClient;
    procedure CancelApi;
    procedure FreeApi;
    function Client: Ppusher_client;
    function Ask(Call: TPusherPlainCall): TPusherRequest;
    function BeginApi(out FPU: TPusherFPUState): Ppusher_client;
    function EndApi(var FPU: TPusherFPUState; Status: Integer): string;
    function Signed(const Secret, SocketId, Channel, Data: string): string;
    procedure ForgetUsers;
    procedure SetUserFor(const Channel, Data: string);
    function UserFor(const Channel: string): string;
    procedure RefuseFailed(Link: TObject; Number: TPusherRequest; const Reason: string);
    procedure Answer(const E: TPusherEvent; Response: TPusherAuthResponse);
    procedure AnswerNow(const E: TPusherEvent; Response: TPusherAuthResponse);
    procedure Authenticate(const E: TPusherEvent);
    procedure Prepare(const E: TPusherEvent);
    function BindWith(const Channel, Event: string; Options: TPusherBindOptions; Binder: TObject): TPusherBinding;
    function GetState: TPusherState;
    function GetConnected: Boolean;
    function GetSocketId: string;
    function GetMembers(const Channel: string): TPusherMemberArray;
    function GetChannelState(const Channel: string): TPusherChannelState;
    function GetDropped: UInt64;
  public
    constructor Create(AOwner: TComponent); override;
    destructor Destroy; override;

    // The connection

    // Connects, and stays connected. Completed when there is a socket id
    function Connect: TPusherRequest;
    // What is subscribed stays wanted, and is subscribed again by the next Connect
    function Disconnect: TPusherRequest;
    // Says goodbye, delivers what is still to be told, and ends the client, its subscriptions and bindings. Waits, but
    // no longer than it is told. Then options can be changed, and the next call makes a new client. In a handler on
    // another thread than the main one it ends the client at once.
    procedure Close(TimeoutMs: Integer = 2000);
    // Completed by the pong, with the round trip in microseconds as Value
    function Ping: TPusherRequest;
    // Decides about the try to connect that is being waited for: in how many milliseconds, or -1 for not at all
    function Retry(DelayMs: Integer): TPusherRequest;
    // The machine has another network now
    function NetworkChanged: TPusherRequest;

    // Channels: by whole name, such as private-orders, or by kind and bare name

    function Subscribe(const Channel: string): TPusherRequest; overload;
    // Data is for presence channels: the user as JSON; without it UserId and UserInfo are taken
    function Subscribe(const Channel: string; Kind: TPusherChannelKind; const Data: string = ''): TPusherRequest;
      overload;
    // With a permission that you got elsewhere; good for the present connection only
    function SubscribeWithAuth(const Channel, Auth: string; const ChannelData: string = '';
      const SharedSecret: string = ''): TPusherRequest;
    function UnSubscribe(const Channel: string): TPusherRequest; overload;
    function UnSubscribe(const Channel: string; Kind: TPusherChannelKind): TPusherRequest; overload;
    function UnSubscribeAll: TPusherRequest;
    // A client event, which the other subscribers receive; "client-" is put before its name where it is missing
    function Publish(const Event, Channel, Data: string): TPusherRequest; overload;
    function Publish(const Event, Channel: string; Kind: TPusherChannelKind; const Data: string = '{}'): TPusherRequest;
      overload;

    // Users

    function SignIn: TPusherRequest;

    // Handlers for some channels and events; an empty name means any. With boPatterns the names are patterns, such as
    // private-* or {created,deleted}; with boOnce the handler is called once. They end with Unbind or Close.
    function Bind(const Channel, Event: string; Handler: TPusherAnyEvent; Options: TPusherBindOptions = []):
      TPusherBinding; overload;
{$IFDEF PUSHERWS_ANONYMOUS}
    function Bind(const Channel, Event: string; const Handler: TPusherAnyProc; Options: TPusherBindOptions = []):
      TPusherBinding; overload;
{$ENDIF}
    // In dmMainThread the handler is not called again; in the other modes one call may just be under way
    procedure Unbind(Binding: TPusherBinding);

    // Waits until a request is done; raises EPusher where it failed or is not done in time. On the main thread, in
    // dmMainThread, events are delivered meanwhile. In handlers on other threads it is refused.
    procedure WaitFor(Request: TPusherRequest; TimeoutMs: Integer = 30000);
    // Delivers events that wait, for programs that have no windows: called on the main thread, in dmMainThread; refused
    // elsewhere, since the main thread would go on calling handlers, too. Waits for the first as long as it is told; -1
    // without end. Returns how many events there were: until none waited, or for 50 ms, so that a program with other
    // work to do has its turn.
    function ProcessEvents(TimeoutMs: Integer = 0): Integer;

    // The HTTP API: needs AppId and Secret, and no connection. These wait for the answer, which they return as JSON, on
    // whichever thread they are called; not in handlers in dmInline. Where the component is closed or destroyed
    // meanwhile, they end with PUSHER_ERR_CANCELLED.

    function TriggerEvent(const Event, Channel, Data: string; const SocketId: string = ''; const Info: string = ''):
      string; overload;
    function TriggerEvent(const Event: string; const Channels: array of string; const Data: string;
      const SocketId: string = ''; const Info: string = ''): string; overload;
    // Up to 10 events, made by PusherBatchEvent
    function TriggerBatchEvents(const Batch: array of TPusherBatchEvent): string;
    function GetChannels(const Prefix: string = ''; const Info: string = ''): string;
    function GetChannel(const Channel: string; const Info: string = ''): string;
    function GetUsers(const Channel: string): string;
    function TerminateUserConnections(const UserId: string): string;
    function SendToUser(const UserId, Event, Data: string): string;

    // Late answers to OnPusherAuthentication, by its AuthRequest.Number; from any thread

    procedure Authorize(Number: TPusherRequest; const Auth: string; const ChannelData: string = '';
      const SharedSecret: string = '');
    procedure AuthorizeUser(Number: TPusherRequest; const Auth, UserData: string);
    procedure Refuse(Number: TPusherRequest; const Reason: string = '');

    // For programs that are servers: with Key and Secret, and without any client

    // The JSON that an authorisation endpoint answers with
    function ChannelAuthorization(const SocketId, Channel: string; const ChannelData: string = ''): string;
    function UserAuthorization(const SocketId, UserData: string): string;
    // Body is the request's, byte for byte; Key and Signature are its headers X-Pusher-Key and X-Pusher-Signature
    function IsWebhookGenuine(const Key, Signature: string; const Body: TBytes): Boolean;
    // {"nonce":...,"ciphertext":...}, for an encrypted channel
    function Encrypt(const Channel, Data: string): string;

    property State: TPusherState read GetState;
    property Connected: Boolean read GetConnected;
    // The server's name for this connection; empty where there is none
    property SocketId: string read GetSocketId;
    // Who is on a presence channel, by its whole or its bare name
    property Members[const Channel: string]: TPusherMemberArray read GetMembers;
    property ChannelState[const Channel: string]: TPusherChannelState read GetChannelState;
    // How many messages have been dropped, because handlers did not keep up
    property Dropped: UInt64 read GetDropped;
    // For functions of PusherWS.Api
    property Handle: Ppusher_client read Client;
  published
    property Key: string index 0 read GetText write SetText;
    // Either a cluster of Pusher's own, such as eu, or the host of your server
    property Cluster: string index 1 read GetText write SetText;
    property Host: string index 2 read GetText write SetText;
    property Port: Integer index 0 read GetNumber write SetNumber default 0;
    // Hosts that are tried when those before cannot be reached: HOST or HOST:PORT, one a line
    property MoreHosts: TStrings index 0 read GetList write SetList;
    // What goes before /app/KEY, for servers behind a reverse proxy
    property Path: string index 3 read GetText write SetText;
    property TLS: Boolean index 1 read GetFlag write SetFlag default True;
    // What the client calls itself. (Name is the component's own.)
    property ClientName: string index 4 read GetText write SetText;
    property ClientVersion: string index 5 read GetText write SetText;
    property Origin: string index 6 read GetText write SetText;
    // NAME=VALUE, one a line, for the WebSocket's opening handshake
    property Headers: TStrings index 1 read GetList write SetList;

    // Only in programs whose users may know it. What is set in a form's designer is in the program's file.
    property Secret: string index 7 read GetText write SetText;
    property EncryptionMasterKey: string index 8 read GetText write SetText;
    property AuthEndpoint: string index 9 read GetText write SetText;
    property UserAuthEndpoint: string index 10 read GetText write SetText;
    // NAME=VALUE, one a line
    property AuthHeaders: TStrings index 2 read GetList write SetList;
    property AuthParams: TStrings index 3 read GetList write SetList;
    property AuthJSON: Boolean index 2 read GetFlag write SetFlag default False;
    // Asks the endpoint for many channels in one request, where many are wanted at once
    property AuthBatches: Boolean index 3 read GetFlag write SetFlag default False;

    // Whom presence channels are subscribed as; UserInfo is JSON
    property UserId: string index 11 read GetText write SetText;
    property UserInfo: string index 12 read GetText write SetText;
    // Whom SignIn signs in, where Secret is set: JSON with an id
    property UserData: string index 13 read GetText write SetText;

    // For the HTTP API, beside Secret
    property AppId: string index 14 read GetText write SetText;
    property ApiHost: string index 15 read GetText write SetText;
    property ApiPort: Integer index 4 read GetNumber write SetNumber default 0;

    property DeliverOn: TPusherDelivery read FDeliverOn write SetDeliverOn default dmMainThread;
    property QueueCapacity: Integer index 5 read GetNumber write SetNumber default 8192;
    property QueuePolicy: TPusherQueuePolicy read FQueuePolicy write SetQueuePolicy default qpBlock;
    property MaxMessageSize: Integer index 6 read GetNumber write SetNumber default 4194304;
    // Client events in a second; 0 for no limit
    property PublishRate: Integer index 7 read GetNumber write SetNumber default 10;
    property OverLimit: TPusherOverLimit read FOverLimit write SetOverLimit default olWait;
    property PublishQueue: Integer index 8 read GetNumber write SetNumber default 1000;
    property PublishTimeToLive: Integer index 9 read GetNumber write SetNumber default 30000;
    property PresenceGrace: Integer index 10 read GetNumber write SetNumber default 3000;
    property Limits: TPusherLimits read FLimits write SetLimits default plCommon;
    property LenientNames: Boolean index 11 read GetFlag write SetFlag default False;

    property TLSOptions: TPusherTLSOptions read FTLSOptions write SetTLSOptions;
    property Proxy: TPusherProxy read FProxy write SetProxy;
    property Timeouts: TPusherTimeouts read FTimeouts write SetTimeouts;
    property Reconnect: TPusherReconnect read FReconnect write SetReconnect;

    // Timeout: the seconds of silence after which the server is pinged, at the latest
    property OnPusherConnect: TPusherConnectEvent read FOnPusherConnect write FOnPusherConnect;
    property OnPusherDisconnect: TPusherCodeEvent read FOnPusherDisconnect write FOnPusherDisconnect;
    property OnPusherStateChange: TPusherStateEvent read FOnPusherStateChange write FOnPusherStateChange;
    // Code: Pusher's, a close code or an HTTP status, or else a PUSHER_ERR_... Also what OnPusherSubscriptionError,
    // OnPusherSignInError and OnPusherDecryptionError would be told, where they are not assigned
    property OnPusherError: TPusherCodeEvent read FOnPusherError write FOnPusherError;
    property OnPusherEvent: TPusherMessageEvent read FOnPusherEvent write FOnPusherEvent;
    property OnPusherSubscribe: TPusherChannelDataEvent read FOnPusherSubscribe write FOnPusherSubscribe;
    property OnPusherSubscriptionError: TPusherChannelCodeEvent read FOnPusherSubscriptionError
      write FOnPusherSubscriptionError;
    // Where it is assigned, the program itself authorises private channels and sign-ins. Like the next one and
    // OnPusherConfigure, it is an option: who has none before the first call can assign it after Close
    property OnPusherAuthentication: TPusherAuthenticationEvent read FOnPusherAuthentication
      write SetOnPusherAuthentication;
    // Supplies headers and parameters before each request to AuthEndpoint; Refused says that it has just answered 401
    // or 403, and a fresh token may help
    property OnPusherPrepareAuthorization: TPusherPrepareEvent read FOnPusherPrepareAuthorization
      write SetOnPusherPrepareAuthorization;
    property OnPusherCacheMiss: TPusherChannelEvent read FOnPusherCacheMiss write FOnPusherCacheMiss;
    property OnPusherMemberAdded: TPusherMemberEvent read FOnPusherMemberAdded write FOnPusherMemberAdded;
    property OnPusherMemberRemoved: TPusherMemberEvent read FOnPusherMemberRemoved write FOnPusherMemberRemoved;
    property OnPusherSubscriptionCount: TPusherChannelNumberEvent read FOnPusherSubscriptionCount
      write FOnPusherSubscriptionCount;
    property OnPusherSignIn: TPusherSignInEvent read FOnPusherSignIn write FOnPusherSignIn;
    property OnPusherSignInError: TPusherCodeEvent read FOnPusherSignInError write FOnPusherSignInError;
    // UserIds is a JSON array
    property OnPusherWatchlist: TPusherWatchlistEvent read FOnPusherWatchlist write FOnPusherWatchlist;
    property OnPusherDecryptionError: TPusherChannelDataEvent read FOnPusherDecryptionError
      write FOnPusherDecryptionError;
    // A channel is subscribed again, and what was published in so many milliseconds is missing
    property OnPusherGap: TPusherChannelNumberEvent read FOnPusherGap write FOnPusherGap;
    // So many messages were dropped here, since handlers did not keep up
    property OnPusherDropped: TPusherNumberEvent read FOnPusherDropped write FOnPusherDropped;
    // A request is done: its Request, Status and Code; Data where it failed
    property OnPusherCompleted: TPusherAnyEvent read FOnPusherCompleted write FOnPusherCompleted;
    // A line for everything but messages, without their data
    property OnPusherLog: TPusherTextEvent read FOnPusherLog write FOnPusherLog;
    // An exception in a handler, on the handler's thread. Where it is not assigned, it goes to Application.OnException,
    // always on the main thread; in programs without an Application, ProcessEvents raises it, and with Free Pascal
    // CheckSynchronize; else it is shown.
    property OnPusherException: TPusherExceptionEvent read FOnPusherException write FOnPusherException;
    // What has no property, such as pusher_config_set_custom_limits: called when the client is made
    property OnPusherConfigure: TPusherConfigureEvent read FOnPusherConfigure write SetOnPusherConfigure;
  end;

// The whole name of a channel: PusherChannelName(pscPrivateChannel, 'orders') = 'private-orders'
function PusherChannelName(Kind: TPusherChannelKind; const Channel: string): string;

function PusherBatchEvent(const Channel, Event, Data: string; const SocketId: string = ''; const Info: string = ''):
  TPusherBatchEvent;

// Puts the component on the palette page "Pusher"; for a design-time package that contains the two units
procedure Register;

implementation

{$IFNDEF FPC}
uses
  Winapi.Windows;
{$ENDIF}

const
  UTF8 = 65001;
  // After so long, the main thread's other work has its turn
  SLICE_MS = 50;
  // How long an event may be on its way, and how long it is looked for among others
  MOMENT_MS = 100;
  SEARCH_MS = 1000;
  // How many events are taken before their handlers run. One, so that limits of time hold, what a handler binds sees the
  // next event, and a handler that shows a dialog leaves the rest to be told there. With Delphi before 10.2 all that
  // wait: the library tells a dialog only of what comes after it had nothing left.
{$IFDEF PUSHERWS_FORCEQUEUE}
  TAKEN = 1;
{$ELSE}
  TAKEN = 0;
{$ENDIF}
  STATE_NAMES: array[TPusherState] of string = ('initialized', 'connecting', 'connected', 'unavailable',
    'disconnected', 'failed');

{ The floating-point unit --------------------------------------------------------------------------------------------

  Pascal lets divisions by zero and their like raise exceptions; the library's code, as C code, expects that they do
  not. So they are masked while the library runs, and are Pascal's again in a handler. Not by SetExceptionMask, which
  also writes a variable that all threads share. }

{$IF Defined(CPUX64) or Defined(CPUX86_64)}

procedure SaveFPU(var State: TPusherFPUState); {$IFDEF FPC}assembler; nostackframe;{$ENDIF}
asm
{$IFDEF MSWINDOWS}
  fnstcw word ptr [rcx]
  stmxcsr dword ptr [rcx + 4]
{$ELSE}
  fnstcw word ptr [rdi]
  stmxcsr dword ptr [rdi + 4]
{$ENDIF}
end;

procedure LoadFPU(var State: TPusherFPUState); {$IFDEF FPC}assembler; nostackframe;{$ENDIF}
asm
{$IFDEF MSWINDOWS}
  fnclex
  fldcw word ptr [rcx]
  ldmxcsr dword ptr [rcx + 4]
{$ELSE}
  fnclex
  fldcw word ptr [rdi]
  ldmxcsr dword ptr [rdi + 4]
{$ENDIF}
end;

{$ELSEIF Defined(CPUX86) or Defined(CPUI386)}

procedure SaveFPU(var State: TPusherFPUState); {$IFDEF FPC}assembler; nostackframe;{$ENDIF}
asm
  fnstcw word ptr [eax]
  stmxcsr dword ptr [eax + 4]
end;

procedure LoadFPU(var State: TPusherFPUState); {$IFDEF FPC}assembler; nostackframe;{$ENDIF}
asm
  fnclex
  fldcw word ptr [eax]
  ldmxcsr dword ptr [eax + 4]
end;

{$ELSE}

// Other processors raise no such exceptions
procedure SaveFPU(var State: TPusherFPUState);
begin
  State.Control := 0;
  State.MXCSR := 0;
end;

procedure LoadFPU(var State: TPusherFPUState);
begin
end;

{$IFEND}

var
  // As it was when the program started, for handlers on threads that are not Pascal's
  PascalFPU: TPusherFPUState;

procedure HoldFPU(out State: TPusherFPUState);
var
  Masked: TPusherFPUState;
begin
  State.Control := 0;
  SaveFPU(State);
  Masked.Control := State.Control or $3F;
  Masked.MXCSR := State.MXCSR or $1F80;
  LoadFPU(Masked);
end;

{ Text ------------------------------------------------------------------------------------------------------------- }

function ToUtf8(const S: string): RawByteString;
begin
{$IF SizeOf(Char) = 2}
  Result := UTF8Encode(S);
{$ELSE}
  Result := S;
  // Bytes without a code page of their own are the program's; and where that has none either, they are UTF-8
  if (StringCodePage(Result) <> UTF8) and (DefaultSystemCodePage <> UTF8) and (DefaultSystemCodePage <> CP_ACP)
    and (DefaultSystemCodePage <> CP_NONE) and (DefaultSystemCodePage <> 20127) then
    Result := UTF8Encode(UnicodeString(S));
{$IFEND}
end;

function FromUtf8(Text: PAnsiChar; Length: NativeUInt): string;
var
  Bytes: RawByteString;
begin
  if (Text = nil) or (Length = 0) then
    Exit('');
  SetString(Bytes, Text, Integer(Length));
  SetCodePage(Bytes, UTF8, False);
{$IF SizeOf(Char) = 2}
  Result := {$IFDEF FPC}UTF8Decode{$ELSE}UTF8ToString{$ENDIF}(Bytes);
{$ELSE}
  Result := Bytes;
{$IFEND}
end;

function FromC(Text: PAnsiChar): string;
begin
  Result := FromUtf8(Text, Length(RawByteString(Text)));
end;

// The texts that a call needs until it has returned
type
  TTexts = array of RawByteString;

function Put(var Texts: TTexts; const S: string): PAnsiChar;
begin
  SetLength(Texts, Length(Texts) + 1);
  Texts[High(Texts)] := ToUtf8(S);
  Result := PAnsiChar(Texts[High(Texts)]);
end;

// nil says "none" to the library, where an empty text would be one
function PutOrNil(var Texts: TTexts; const S: string): PAnsiChar;
begin
  if S = '' then
    Result := nil
  else
    Result := Put(Texts, S);
end;

function JSONText(const S: string): string;
var
  I: Integer;
begin
  Result := '"';
  for I := 1 to Length(S) do
    case S[I] of
      '"', '\': Result := Result + '\' + S[I];
      #0..#31: Result := Result + '\u00' + IntToHex(Ord(S[I]), 2);
    else
      Result := Result + S[I];
    end;
  Result := Result + '"';
end;

// The text behind "Name":", in JSON of the library's own making, where it needs no unescaping
function TextInJSON(const JSON, Name: string): string;
var
  Start: Integer;
begin
  Result := '';
  Start := Pos('"' + Name + '":"', JSON);
  if Start = 0 then
    Exit;
  Result := Copy(JSON, Start + Length(Name) + 4, MaxInt);
  SetLength(Result, Pos('"', Result) - 1);
end;

{ Errors ----------------------------------------------------------------------------------------------------------- }

constructor EPusher.CreateStatus(Status, Code: Integer; const Text: string);
begin
  FStatus := Status;
  FCode := Code;
  if Text = '' then
    inherited Create(StatusName)
  else
    inherited Create(Text);
end;

function EPusher.StatusName: string;
begin
  Result := FromC(pusher_status_name(FStatus));
end;

function LastError: string;
var
  Text: RawByteString;
begin
  Result := '';
  SetLength(Text, pusher_last_error(nil, 0) + 1); // and the NUL
  pusher_last_error(PAnsiChar(Text), Length(Text));
  Result := FromUtf8(PAnsiChar(Text), Length(Text) - 1);
end;

procedure Check(Status: Integer);
begin
  if Status < 0 then
    raise EPusher.CreateStatus(Status, 0, LastError);
end;

// Behind a call: gives the floating-point unit back, and raises what the call said
procedure Finish(var FPU: TPusherFPUState; Status: Integer);
begin
  LoadFPU(FPU);
  Check(Status);
end;

// The milliseconds until then, at least 0
function Remaining(Deadline: TDateTime): Integer;
begin
  Result := Round((Deadline - Now) * MSecsPerDay);
  if Result < 0 then
    Result := 0;
end;

// How long to wait for the next event: a moment at most, and not beyond the end of the time
function Soon(TimeoutMs: Integer; Deadline: TDateTime): Integer;
const
  LONGEST_MS = 1000;
begin
  Result := LONGEST_MS;
  if (TimeoutMs >= 0) and (Remaining(Deadline) < LONGEST_MS) then
    Result := Remaining(Deadline);
end;

{ What the library calls ---------------------------------------------------------------------------------------------

  A TPusherLink belongs to one client of the library. The component lets go of it; the library's callbacks, and handlers
  that are running, keep it alive as long as they need it. So a component can be destroyed by its own handler.

  In dmMainThread callbacks call no handler: they note what has happened, and when the library has returned, which is
  after each event, the handlers are called. So these may do what they like: show a dialog that handles messages, wait,
  or raise. }

type
  TPusherBinder = class(TInterfacedObject)
  private
    FLink: TObject;
    FLinkReference: IInterface; // as long as this lives
    FNumber: TPusherBinding;
    FUnbound: Boolean;
    FHandler: TPusherAnyEvent;
{$IFDEF PUSHERWS_ANONYMOUS}
    FProc: TPusherAnyProc;
{$ENDIF}
    procedure Call(Sender: TObject; const E: TPusherEvent);
  public
    procedure Retain;
    procedure Release;
  end;

  TPusherPending = class
    Next: TPusherPending;
    Event: TPusherEvent;
    Binder: TPusherBinder; // nil for the component's own handlers
    BinderReference: IInterface;
  end;

  TPusherLink = class;

  // Whose methods TThread queues, in the place of the links': what Delphi's CheckSynchronize has begun to work off cannot
  // be taken off its list any more, and so would be called when its object has gone. This one lives as long as the unit
  // and the last link, and knows which links have asked.
  TPusherCourier = class(TInterfacedObject)
  private
    FLock: TCriticalSection;
    FAsking: TList; // links, each with a reference
    FQueued: Integer;
    function Next(out More: Boolean): TPusherLink;
    procedure Queue;
    procedure Serve;
  public
    constructor Create;
    destructor Destroy; override;
    // Has DeliverQueued of this link called on the main thread, later
    procedure Ask(Link: TPusherLink);
    procedure Forget(Link: TPusherLink);
  end;

  TPusherLink = class(TInterfacedObject)
  private
    FCourier: TPusherCourier;
    FCourierReference: IInterface;
    FOwner: TPusherClient; // nil when the component is gone
    FClient: Ppusher_client;
    FDelivery: TPusherDelivery;
    FLock: TCriticalSection;
    FFirst, FLast: TPusherPending;
    FBinders: TList;
    FExceptions: TList;
    FRaised: TObject;
    FAsked: Integer;
    // How the program has its floating-point unit, while it is inside of the library
    FFPU: TPusherFPUState;
    FAwaited: TPusherRequest;
    FAwaitedEvent: TPusherEvent;
    function EventFrom(Event: Ppusher_event): TPusherEvent;
    procedure Arrived(Event: Ppusher_event; Binder: TPusherBinder);
    procedure Append(const E: TPusherEvent; Binder: TPusherBinder);
    function Pop: TPusherPending;
    procedure ForgetPending;
    procedure ForgetExceptions;
    procedure Call(const E: TPusherEvent; Binder: TPusherBinder);
    procedure Perform(const E: TPusherEvent);
    procedure PerformStateChange(const E: TPusherEvent);
    procedure HandleException;
    procedure ShowExceptions;
    procedure RunPending;
    procedure DeliverQueued;
    procedure Wake;
    function Deliver(TimeoutMs, LimitMs: Integer; out Closed: Boolean): Integer;
    function ComeAgain: Boolean;
    function Await(Request: TPusherRequest): TPusherRequest;
    function Ended(out E: TPusherEvent): Boolean;
    function Find(Number: TPusherBinding): TPusherBinder;
    procedure Forget(Binder: TPusherBinder);
    procedure Detach;
  public
    constructor Create(Owner: TPusherClient; Client: Ppusher_client; Delivery: TPusherDelivery);
    destructor Destroy; override;
    procedure Retain;
    procedure Release;
  end;

threadvar
  // True in a handler on the network's thread, which must not wait for what the network brings
  InlineHandler: Boolean;

var
  Courier: TPusherCourier;
  CourierReference: IInterface;

function Exchange(var Target: Integer; Value: Integer): Integer;
begin
  Result := {$IFDEF FPC}InterlockedExchange{$ELSE}TInterlocked.Exchange{$ENDIF}(Target, Value);
end;

// What OnPusherLog is told: never data of messages, answers or users
function LogLine(const E: TPusherEvent): string;
begin
  Result := E.Name;
  if E.Channel <> '' then
    Result := Result + ' ' + E.Channel;
  case E.Kind of
    PUSHER_EVENT_STATE_CHANGE:
      Result := Result + ' ' + STATE_NAMES[E.PreviousState] + ' -> ' + STATE_NAMES[E.State];
    PUSHER_EVENT_COMPLETED, PUSHER_EVENT_AUTHORIZE, PUSHER_EVENT_AUTHORIZE_USER, PUSHER_EVENT_PREPARE_AUTHORIZATION:
      Result := Result + Format(' request %d', [E.Request]);
    PUSHER_EVENT_GAP:
      Result := Result + Format(' %d ms', [E.Value]);
    PUSHER_EVENT_SUBSCRIBED, PUSHER_EVENT_MEMBER_ADDED, PUSHER_EVENT_MEMBER_REMOVED, PUSHER_EVENT_SUBSCRIPTION_COUNT,
      PUSHER_EVENT_WATCHLIST, PUSHER_EVENT_DROPPED:
      Result := Result + Format(' %d', [E.Value]);
  end;
  if E.RetryInMs >= 0 then
    Result := Result + Format(', next try in %d ms', [E.RetryInMs]);
  if E.Status <> PUSHER_OK then
    Result := Result + Format(': %s %d %s', [FromC(pusher_status_name(E.Status)), E.Code, E.Data]);
end;

// Each of these saves the floating-point unit before anything else: the first touch of a threadvar on a thread that
// is not Pascal's makes it one, and that changes the unit.

procedure EventArrived(event: Ppusher_event; user_data: Pointer); cdecl;
var
  FPU: TPusherFPUState;
begin
  SaveFPU(FPU);
  try
    TPusherLink(user_data).Arrived(event, nil);
  except
    // What a handler raises has been seen to; this is for what nobody could see to, such as no memory
  end;
  LoadFPU(FPU);
end;

procedure BoundEventArrived(event: Ppusher_event; user_data: Pointer); cdecl;
var
  FPU: TPusherFPUState;
begin
  SaveFPU(FPU);
  try
    TPusherLink(TPusherBinder(user_data).FLink).Arrived(event, TPusherBinder(user_data));
  except
    // As above
  end;
  LoadFPU(FPU);
end;

procedure EventsWait(user_data: Pointer); cdecl;
var
  FPU: TPusherFPUState;
begin
  SaveFPU(FPU);
  try
    TPusherLink(user_data).Wake;
  except
    // As above
  end;
  LoadFPU(FPU);
end;

procedure LinkDropped(user_data: Pointer); cdecl;
var
  FPU: TPusherFPUState;
begin
  SaveFPU(FPU);
  try
    TPusherLink(user_data).Release;
  except
    // As above
  end;
  LoadFPU(FPU);
end;

procedure BinderDropped(user_data: Pointer); cdecl;
var
  FPU: TPusherFPUState;
begin
  SaveFPU(FPU);
  try
    TPusherLink(TPusherBinder(user_data).FLink).Forget(TPusherBinder(user_data));
    TPusherBinder(user_data).Release;
  except
    // As above
  end;
  LoadFPU(FPU);
end;

procedure TPusherBinder.Call(Sender: TObject; const E: TPusherEvent);
begin
{$IFDEF PUSHERWS_ANONYMOUS}
  if Assigned(FProc) then
    FProc(E);
{$ENDIF}
  if Assigned(FHandler) then
    FHandler(Sender, E);
end;

procedure TPusherBinder.Retain;
begin
  _AddRef;
end;

procedure TPusherBinder.Release;
begin
  _Release;
end;

constructor TPusherLink.Create(Owner: TPusherClient; Client: Ppusher_client; Delivery: TPusherDelivery);
begin
  inherited Create;
  FCourier := Courier;
  FCourierReference := Courier;
  FOwner := Owner;
  FClient := Client;
  FDelivery := Delivery;
  FLock := TCriticalSection.Create;
  FBinders := TList.Create;
  FExceptions := TList.Create;
  FFPU := PascalFPU;
end;

destructor TPusherLink.Destroy;
begin
  ForgetPending;
  ForgetExceptions; // of a handler that was running when the component was destroyed
  FRaised.Free;
  FExceptions.Free;
  FBinders.Free;
  FLock.Free;
  inherited;
end;

procedure TPusherLink.Retain;
begin
  _AddRef;
end;

procedure TPusherLink.Release;
begin
  _Release;
end;

function TPusherLink.EventFrom(Event: Ppusher_event): TPusherEvent;
var
  Id: array[0..127] of AnsiChar;
begin
  Result.Kind := Event.kind;
  Result.Status := Event.status;
  Result.Code := Event.code;
  Result.Request := Event.request;
  Result.Value := Event.value;
  Result.State := TPusherState(Event.state);
  Result.PreviousState := TPusherState(Event.previous_state);
  Result.RetryInMs := Event.retry_in_ms;
  Result.DataFormat := Event.data_format;
  Result.Name := FromUtf8(Event.name, Event.name_len);
  Result.Channel := FromUtf8(Event.channel, Event.channel_len);
  Result.Data := FromUtf8(Event.data, Event.data_len);
  Result.UserId := FromUtf8(Event.user_id, Event.user_id_len);
  Result.SocketId := FromUtf8(Event.socket_id, Event.socket_id_len);
  // Now, since later it may be another connection's
  if (Event.kind = PUSHER_EVENT_STATE_CHANGE) and (Event.state = PUSHER_STATE_CONNECTED)
    and (pusher_client_socket_id(FClient, Id, SizeOf(Id), nil) = PUSHER_OK) then
    Result.SocketId := FromC(Id);
end;

procedure TPusherLink.Arrived(Event: Ppusher_event; Binder: TPusherBinder);
var
  Before: Boolean;
begin
  LoadFPU(FFPU);
  // The cheapest first: most events are messages, and often only bound handlers want them
  if (Binder = nil) and (Event.kind = PUSHER_EVENT_MESSAGE)
    and not ((FOwner <> nil) and Assigned(FOwner.FOnPusherEvent)) then
    Exit;
  if FDelivery = dmMainThread then
  begin
    Append(EventFrom(Event), Binder);
    Exit;
  end;
  Before := InlineHandler;
  InlineHandler := FDelivery = dmInline;
  Retain;
  try
    try
      Call(EventFrom(Event), Binder);
    except
      HandleException;
    end;
  finally
    InlineHandler := Before;
    Release;
  end;
end;

procedure TPusherLink.Append(const E: TPusherEvent; Binder: TPusherBinder);
var
  Pending: TPusherPending;
begin
  Pending := TPusherPending.Create;
  Pending.Event := E;
  Pending.Binder := Binder;
  Pending.BinderReference := Binder;
  FLock.Enter;
  try
    if (FAwaited <> 0) and (Binder = nil) and (E.Kind = PUSHER_EVENT_COMPLETED) and (E.Request = FAwaited) then
      FAwaitedEvent := E;
    if FLast = nil then
      FFirst := Pending
    else
      FLast.Next := Pending;
    FLast := Pending;
  finally
    FLock.Leave;
  end;
end;

function TPusherLink.Pop: TPusherPending;
begin
  FLock.Enter;
  try
    Result := FFirst;
    if Result <> nil then
      FFirst := Result.Next;
    if FFirst = nil then
      FLast := nil;
  finally
    FLock.Leave;
  end;
end;

procedure TPusherLink.ForgetPending;
var
  Pending: TPusherPending;
begin
  repeat
    Pending := Pop;
    Pending.Free;
  until Pending = nil;
end;

procedure TPusherLink.ForgetExceptions;
var
  I: Integer;
begin
  FLock.Enter;
  try
    for I := 0 to FExceptions.Count - 1 do
      TObject(FExceptions[I]).Free;
    FExceptions.Clear;
  finally
    FLock.Leave;
  end;
end;

procedure TPusherLink.Call(const E: TPusherEvent; Binder: TPusherBinder);
begin
  if FOwner = nil then
    Exit;
  if Binder = nil then
    Perform(E)
  else if not Binder.FUnbound then
    Binder.Call(FOwner, E);
end;

// Handlers may destroy the component: so where two are called, the owner is looked at anew
procedure TPusherLink.Perform(const E: TPusherEvent);
var
  Code: Integer;
begin
  if Assigned(FOwner.FOnPusherLog) and (E.Kind <> PUSHER_EVENT_MESSAGE) then
  begin
    FOwner.FOnPusherLog(FOwner, LogLine(E));
    if FOwner = nil then
      Exit;
  end;
  Code := E.Code;
  if Code = 0 then
    Code := E.Status;
  case E.Kind of
    PUSHER_EVENT_MESSAGE:
      if Assigned(FOwner.FOnPusherEvent) then
        FOwner.FOnPusherEvent(FOwner, E.Name, E.Channel, E.Data);
    PUSHER_EVENT_STATE_CHANGE:
      PerformStateChange(E);
    PUSHER_EVENT_SUBSCRIBED:
      if Assigned(FOwner.FOnPusherSubscribe) then
        FOwner.FOnPusherSubscribe(FOwner, E.Channel, E.Data);
    PUSHER_EVENT_SUBSCRIPTION_ERROR:
      if Assigned(FOwner.FOnPusherSubscriptionError) then
        FOwner.FOnPusherSubscriptionError(FOwner, E.Channel, Code, E.Data)
      else if Assigned(FOwner.FOnPusherError) then
        FOwner.FOnPusherError(FOwner, Code, E.Data);
    PUSHER_EVENT_ERROR:
      if Assigned(FOwner.FOnPusherError) then
        FOwner.FOnPusherError(FOwner, Code, E.Data);
    PUSHER_EVENT_MEMBER_ADDED:
      if Assigned(FOwner.FOnPusherMemberAdded) then
        FOwner.FOnPusherMemberAdded(FOwner, E.Channel, E.UserId, E.Data);
    PUSHER_EVENT_MEMBER_REMOVED:
      if Assigned(FOwner.FOnPusherMemberRemoved) then
        FOwner.FOnPusherMemberRemoved(FOwner, E.Channel, E.UserId, E.Data);
    PUSHER_EVENT_SUBSCRIPTION_COUNT:
      if Assigned(FOwner.FOnPusherSubscriptionCount) then
        FOwner.FOnPusherSubscriptionCount(FOwner, E.Channel, E.Value);
    PUSHER_EVENT_CACHE_MISS:
      if Assigned(FOwner.FOnPusherCacheMiss) then
        FOwner.FOnPusherCacheMiss(FOwner, E.Channel);
    PUSHER_EVENT_COMPLETED:
      if Assigned(FOwner.FOnPusherCompleted) then
        FOwner.FOnPusherCompleted(FOwner, E);
    PUSHER_EVENT_AUTHORIZE, PUSHER_EVENT_AUTHORIZE_USER:
      FOwner.Authenticate(E);
    PUSHER_EVENT_PREPARE_AUTHORIZATION:
      FOwner.Prepare(E);
    PUSHER_EVENT_DECRYPTION_ERROR:
      if Assigned(FOwner.FOnPusherDecryptionError) then
        FOwner.FOnPusherDecryptionError(FOwner, E.Channel, E.Data)
      else if Assigned(FOwner.FOnPusherError) then
        FOwner.FOnPusherError(FOwner, Code, E.Data);
    PUSHER_EVENT_SIGNED_IN:
      if Assigned(FOwner.FOnPusherSignIn) then
        FOwner.FOnPusherSignIn(FOwner, E.UserId, E.Data);
    PUSHER_EVENT_SIGN_IN_ERROR:
      if Assigned(FOwner.FOnPusherSignInError) then
        FOwner.FOnPusherSignInError(FOwner, Code, E.Data)
      else if Assigned(FOwner.FOnPusherError) then
        FOwner.FOnPusherError(FOwner, Code, E.Data);
    PUSHER_EVENT_WATCHLIST:
      if Assigned(FOwner.FOnPusherWatchlist) then
        FOwner.FOnPusherWatchlist(FOwner, E.Name = 'online', E.Data);
    PUSHER_EVENT_GAP:
      if Assigned(FOwner.FOnPusherGap) then
        FOwner.FOnPusherGap(FOwner, E.Channel, E.Value);
    PUSHER_EVENT_DROPPED:
      if Assigned(FOwner.FOnPusherDropped) then
        FOwner.FOnPusherDropped(FOwner, E.Value);
  end;
end;

procedure TPusherLink.PerformStateChange(const E: TPusherEvent);
var
  Timeout: Integer;
begin
  if Assigned(FOwner.FOnPusherStateChange) then
  begin
    FOwner.FOnPusherStateChange(FOwner, E.PreviousState, E.State);
    if FOwner = nil then
      Exit;
  end;
  if (E.State = psConnected) and Assigned(FOwner.FOnPusherConnect) then
  begin
    Timeout := FOwner.FTimeouts.Activity div 1000;
    if Timeout = 0 then
      Timeout := 120;
    FOwner.FOnPusherConnect(FOwner, E.SocketId, Timeout);
  end;
  // A connection that waits for its next try changes nothing, but is told all the same
  if (E.State <> psConnected) and (E.PreviousState = psConnected) and Assigned(FOwner.FOnPusherDisconnect) then
    FOwner.FOnPusherDisconnect(FOwner, E.Code, E.Data);
end;

// Inside of an except block. Where there is nobody to ask, the first exception is raised when all that waits has been
// told; but only on the main thread, where none of the library's frames is in its way.
procedure TPusherLink.HandleException;
begin
  if (FOwner <> nil) and Assigned(FOwner.FOnPusherException) and (ExceptObject is Exception) then
    FOwner.FOnPusherException(FOwner, Exception(ExceptObject))
  else if FDelivery = dmMainThread then
  begin
    if Assigned(ApplicationHandleException) then
      ApplicationHandleException(FOwner)
    else if FRaised = nil then
      FRaised := TObject(AcquireExceptionObject)
    else
      ShowException(ExceptObject, ExceptAddr);
  end
  else if (FOwner = nil) or not Assigned(ApplicationHandleException) then
    ShowException(ExceptObject, ExceptAddr)
  else
  begin
    // Application.OnException shows windows, and so is for the main thread
    FLock.Enter;
    try
      FExceptions.Add(AcquireExceptionObject);
    finally
      FLock.Leave;
    end;
    if Exchange(FAsked, 1) = 0 then
      FCourier.Ask(Self);
  end;
end;

procedure TPusherLink.ShowExceptions;
var
  E: TObject;
begin
  repeat
    FLock.Enter;
    try
      E := nil;
      if FExceptions.Count > 0 then
      begin
        E := TObject(FExceptions[0]);
        FExceptions.Delete(0);
      end;
    finally
      FLock.Leave;
    end;
    if E <> nil then
      try
        raise E;
      except
        if Assigned(ApplicationHandleException) then
          ApplicationHandleException(FOwner)
        else
          ShowException(ExceptObject, ExceptAddr);
      end;
  until E = nil;
end;

procedure TPusherLink.RunPending;
var
  Pending: TPusherPending;
begin
  repeat
    Pending := Pop;
    if Pending <> nil then
      try
        try
          Call(Pending.Event, Pending.Binder);
        except
          HandleException;
        end;
      finally
        Pending.Free;
      end;
  until Pending = nil;
end;

// Delivers what waits, and returns how many events that were. What has been noted before comes first, and then nothing
// is waited for. The library wakes again only when it has been asked until it had nothing more: who stops before, since
// the time is over, has to come again. So has whoever calls a handler while there may be more, since the handler may
// show a dialog, and the rest is to be told meanwhile.
function TPusherLink.Deliver(TimeoutMs, LimitMs: Integer; out Closed: Boolean): Integer;
var
  Status: Integer;
  Count: Cardinal;
  Limit: TDateTime;
  Raised: TObject;
begin
  Result := 0;
  Retain;
  try
    if FFirst <> nil then
      TimeoutMs := 0;
    Limit := 0;
    repeat
      HoldFPU(FFPU);
      Count := 0;
      Status := pusher_client_dispatch(FClient, TAKEN, TimeoutMs, @Count);
      LoadFPU(FFPU);
      Inc(Result, Count);
      TimeoutMs := 0;
      if Limit = 0 then
        Limit := Now + LimitMs / MSecsPerDay;
      // Who handles exceptions may also raise one, and leave the rest
      if (FFirst <> nil) or (Status = PUSHER_OK) then
        ComeAgain;
      RunPending;
    until (FOwner = nil) or (Status <> PUSHER_OK) or ((Now >= Limit) and ComeAgain);
    Raised := FRaised;
    FRaised := nil;
    if Raised <> nil then
      raise Raised;
    Closed := Status = PUSHER_ERR_CLOSED;
    if (FOwner <> nil) and (Status <> PUSHER_ERR_TIMEOUT) and not Closed then
      Check(Status);
  finally
    Release;
  end;
end;

// False where that cannot be: with Delphi before 10.2, what the main thread queues is called at once
function TPusherLink.ComeAgain: Boolean;
begin
{$IFDEF PUSHERWS_FORCEQUEUE}
  Result := True;
  if Exchange(FAsked, 1) = 0 then
    FCourier.Ask(Self);
{$ELSE}
  Result := False;
{$ENDIF}
end;

// On a thread of the library. Once for all that comes until then, since programs without windows may never look
procedure TPusherLink.Wake;
begin
  if Exchange(FAsked, 1) = 0 then
    FCourier.Ask(Self);
end;

// On the main thread; the courier has a reference meanwhile. With Free Pascal, CheckSynchronize raises what is raised
// here; with Delphi, in what was queued, it says nothing of it.
procedure TPusherLink.DeliverQueued;
var
  Closed: Boolean;
begin
  Exchange(FAsked, 0);
  if FOwner = nil then
    Exit;
{$IFNDEF FPC}
  try
{$ENDIF}
    if FDelivery = dmMainThread then
      Deliver(0, SLICE_MS, Closed)
    else
      ShowExceptions;
{$IFNDEF FPC}
  except
    if Assigned(ApplicationHandleException) then
      ApplicationHandleException(FOwner)
    else
      ShowException(ExceptObject, ExceptAddr);
  end;
{$ENDIF}
end;

// Has the end of a request noted as it passes by; returns whose end was noted so far, since handlers wait, too
function TPusherLink.Await(Request: TPusherRequest): TPusherRequest;
begin
  FLock.Enter;
  try
    Result := FAwaited;
    FAwaited := Request;
    FAwaitedEvent.Request := 0;
  finally
    FLock.Leave;
  end;
end;

function TPusherLink.Ended(out E: TPusherEvent): Boolean;
begin
  FLock.Enter;
  try
    E := FAwaitedEvent;
    Result := E.Request <> 0;
  finally
    FLock.Leave;
  end;
end;

function TPusherLink.Find(Number: TPusherBinding): TPusherBinder;
var
  I: Integer;
begin
  Result := nil;
  for I := 0 to FBinders.Count - 1 do
    if TPusherBinder(FBinders[I]).FNumber = Number then
      Result := TPusherBinder(FBinders[I]);
end;

procedure TPusherLink.Forget(Binder: TPusherBinder);
begin
  FLock.Enter;
  try
    FBinders.Remove(Binder);
  finally
    FLock.Leave;
  end;
end;

// The end: nothing is called from here on, and nothing stays queued
procedure TPusherLink.Detach;
var
  FPU: TPusherFPUState;
begin
  HoldFPU(FPU);
  if FDelivery = dmMainThread then
    pusher_client_set_wakeup(FClient, nil);
  pusher_client_free(FClient);
  LoadFPU(FPU);
  FOwner := nil;
  FCourier.Forget(Self);
  ForgetPending;
  ForgetExceptions;
end;

constructor TPusherCourier.Create;
begin
  inherited Create;
  FLock := TCriticalSection.Create;
  FAsking := TList.Create;
end;

// With the program, or the package that the unit is in
destructor TPusherCourier.Destroy;
begin
  TThread.RemoveQueuedEvents(nil, Serve);
  FAsking.Free;
  FLock.Free;
  inherited;
end;

procedure TPusherCourier.Ask(Link: TPusherLink);
begin
  FLock.Enter;
  try
    FAsking.Add(Link);
    Link.Retain;
  finally
    FLock.Leave;
  end;
  Queue;
end;

procedure TPusherCourier.Forget(Link: TPusherLink);
var
  Found: Boolean;
begin
  FLock.Enter;
  try
    Found := FAsking.Remove(Link) >= 0;
  finally
    FLock.Leave;
  end;
  if Found then
    Link.Release;
end;

// The one that has waited longest, with the list's reference
function TPusherCourier.Next(out More: Boolean): TPusherLink;
begin
  Result := nil;
  FLock.Enter;
  try
    if FAsking.Count > 0 then
    begin
      Result := TPusherLink(FAsking[0]);
      FAsking.Delete(0);
    end;
    More := FAsking.Count > 0;
  finally
    FLock.Leave;
  end;
end;

// One entry for all links, however many of them come and go
procedure TPusherCourier.Queue;
begin
  if Exchange(FQueued, 1) = 0 then
{$IFDEF PUSHERWS_FORCEQUEUE}
    TThread.ForceQueue(nil, Serve);
{$ELSE}
    TThread.Queue(nil, Serve);
{$ENDIF}
end;

procedure TPusherCourier.Serve;
var
  Link: TPusherLink;
  More: Boolean;
begin
  Exchange(FQueued, 0);
  repeat
    Link := Next(More);
    if Link = nil then
      Exit;
    try
{$IFDEF PUSHERWS_FORCEQUEUE}
      // A handler of this one may show a dialog, or raise: the others are for another turn
      if More then
        Queue;
      More := False;
{$ENDIF}
      Link.DeliverQueued;
    finally
      Link.Release;
    end;
  until not More;
end;

{ The HTTP API -------------------------------------------------------------------------------------------------------

  Its answers are waited for, whoever asks, and wherever the events of the component are delivered. So it has a client
  of its own, which connects nowhere, and whose events come straight from the network's thread. }

type
  // Its callback keeps it alive, which may be running while the component is freed by a handler on another of the
  // network's threads
  TPusherApiCaller = class(TInterfacedObject)
  private
    FClient: Ppusher_client;
    FDone: TEvent;
    FStatus, FCode: Integer;
    FAnswer: RawByteString;
    procedure Start(Config: Ppusher_config);
    procedure Prepare;
    procedure Completed(Event: Ppusher_event);
    procedure Cancel;
    procedure Retain;
    procedure Release;
  public
    constructor Create;
    destructor Destroy; override;
  end;

procedure ApiCallCompleted(event: Ppusher_event; user_data: Pointer); cdecl;
var
  FPU: TPusherFPUState;
begin
  SaveFPU(FPU);
  try
    TPusherApiCaller(user_data).Completed(event);
  except
    // No memory for the answer: whoever waits is told that it did not come
  end;
  LoadFPU(FPU);
end;

procedure ApiCallerDropped(user_data: Pointer); cdecl;
var
  FPU: TPusherFPUState;
begin
  SaveFPU(FPU);
  try
    TPusherApiCaller(user_data).Release;
  except
    // As above
  end;
  LoadFPU(FPU);
end;

constructor TPusherApiCaller.Create;
begin
  inherited Create;
  FDone := TEvent.Create(nil, False, False, '');
end;

destructor TPusherApiCaller.Destroy;
begin
  FDone.Free;
  inherited;
end;

procedure TPusherApiCaller.Retain;
begin
  _AddRef;
end;

procedure TPusherApiCaller.Release;
begin
  _Release;
end;

procedure TPusherApiCaller.Start(Config: Ppusher_config);
var
  FPU: TPusherFPUState;
  Callback: pusher_callback;
  Status: Integer;
begin
  Callback.call := ApiCallCompleted;
  Callback.drop := ApiCallerDropped;
  Callback.user_data := Self;
  HoldFPU(FPU);
  Status := pusher_client_new(Config, @FClient);
  if Status = PUSHER_OK then
  begin
    Retain;
    Status := pusher_client_bind(FClient, nil, 'pusher:completed', @Callback, nil);
    if Status <> PUSHER_OK then
      pusher_client_free(FClient);
  end;
  Finish(FPU, Status);
end;

// There is only one call at a time. What it is told where no answer comes is there beforehand, since who cancels must
// not write what another thread may just be reading.
procedure TPusherApiCaller.Prepare;
begin
  FStatus := PUSHER_ERR_CANCELLED;
  FCode := 0;
  FAnswer := 'the component has been closed or destroyed before the HTTP API has answered';
end;

procedure TPusherApiCaller.Completed(Event: Ppusher_event);
begin
  try
    SetString(FAnswer, Event.data, Integer(Event.data_len));
    FCode := Event.code;
    FStatus := Event.status;
  finally
    FDone.SetEvent;
  end;
end;

// A freed client completes nothing, so whoever waits is told here
procedure TPusherApiCaller.Cancel;
var
  FPU: TPusherFPUState;
begin
  HoldFPU(FPU);
  pusher_client_free(FClient);
  LoadFPU(FPU);
  FDone.SetEvent;
end;

// Takes the turn, and masks the floating-point unit; EndApi gives both back
function TPusherClient.BeginApi(out FPU: TPusherFPUState): Ppusher_client;
var
  Config: Ppusher_config;
  Caller: TPusherApiCaller;
  Mine: IInterface;
begin
  if InlineHandler then
    raise EPusher.CreateStatus(PUSHER_ERR_WOULD_DEADLOCK, 0, 'the HTTP API cannot be waited for in a handler on the '
      + 'network''s thread, which would have to bring the answer; use DeliverOn := dmThread, or pusher_client_trigger '
      + 'and its like with Handle');
  FApiLock.Enter;
  try
    FApiGuard.Enter;
    try
      if FApiEnding then
        raise EPusher.CreateStatus(PUSHER_ERR_CANCELLED, 0, 'the component is being closed or destroyed');
      if FApi = nil then
      begin
        Caller := TPusherApiCaller.Create;
        Mine := Caller;
        Config := NewConfig(PUSHER_DELIVER_INLINE);
        try
          Caller.Start(Config);
        finally
          pusher_config_free(Config);
        end;
        FApiReference := Mine;
        FApi := Caller;
      end;
      Caller := TPusherApiCaller(FApi);
      Caller.Prepare;
      Result := Caller.FClient;
    finally
      FApiGuard.Leave;
    end;
    HoldFPU(FPU);
  except
    FApiLock.Leave;
    raise;
  end;
end;

function TPusherClient.EndApi(var FPU: TPusherFPUState; Status: Integer): string;
var
  Caller: TPusherApiCaller;
begin
  try
    // A client that CancelApi has freed before it was called; who frees it says so below, too
    if (Status = PUSHER_ERR_HANDLE) or (Status = PUSHER_ERR_CLOSED) then
      LoadFPU(FPU)
    else
      Finish(FPU, Status);
    Caller := TPusherApiCaller(FApi);
    Caller.FDone.WaitFor(INFINITE);
    Result := FromUtf8(PAnsiChar(Caller.FAnswer), Length(Caller.FAnswer));
    if Caller.FStatus <> PUSHER_OK then
      raise EPusher.CreateStatus(Caller.FStatus, Caller.FCode, Result);
  finally
    FApiLock.Leave;
  end;
end;

// Ends the call under way, of whichever thread, and lets none begin until FreeApi
procedure TPusherClient.CancelApi;
begin
  FApiGuard.Enter;
  try
    FApiEnding := True;
    if FApi <> nil then
      TPusherApiCaller(FApi).Cancel;
  finally
    FApiGuard.Leave;
  end;
end;

procedure TPusherClient.FreeApi;
begin
  // Until who was waiting has read what is freed here
  FApiLock.Enter;
  try
    FApiGuard.Enter;
    try
      FApi := nil;
      FApiReference := nil;
      FApiEnding := False;
    finally
      FApiGuard.Leave;
    end;
  finally
    FApiLock.Leave;
  end;
end;

function TPusherClient.TriggerEvent(const Event, Channel, Data, SocketId, Info: string): string;
begin
  Result := TriggerEvent(Event, [Channel], Data, SocketId, Info);
end;

function TPusherClient.TriggerEvent(const Event: string; const Channels: array of string; const Data, SocketId,
  Info: string): string;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  Names: array of PAnsiChar;
  Text: RawByteString;
  I: Integer;
  Client: Ppusher_client;
begin
  SetLength(Names, Length(Channels) + 1); // one more, so that there is a first
  for I := 0 to High(Channels) do
    Names[I] := Put(Texts, Channels[I]);
  Text := ToUtf8(Data);
  Client := BeginApi(FPU);
  Result := EndApi(FPU, pusher_client_trigger(Client, @Names[0], Length(Channels), Put(Texts, Event), PAnsiChar(Text),
    Length(Text), PutOrNil(Texts, SocketId), PutOrNil(Texts, Info), nil));
end;

function TPusherClient.TriggerBatchEvents(const Batch: array of TPusherBatchEvent): string;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  Events: Ppusher_batch;
  Text: RawByteString;
  I: Integer;
  Client: Ppusher_client;
begin
  LoadPusherWS;
  Events := pusher_batch_new();
  try
    for I := 0 to High(Batch) do
    begin
      Text := ToUtf8(Batch[I].Data);
      Check(pusher_batch_add(Events, Put(Texts, Batch[I].Channel), Put(Texts, Batch[I].Event), PAnsiChar(Text),
        Length(Text), PutOrNil(Texts, Batch[I].SocketId), PutOrNil(Texts, Batch[I].Info)));
    end;
    Client := BeginApi(FPU);
    Result := EndApi(FPU, pusher_client_trigger_batch(Client, Events, nil));
  finally
    pusher_batch_free(Events);
  end;
end;

function TPusherClient.GetChannels(const Prefix, Info: string): string;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  Client: Ppusher_client;
begin
  Client := BeginApi(FPU);
  Result := EndApi(FPU, pusher_client_get_channels(Client, PutOrNil(Texts, Prefix), PutOrNil(Texts, Info), nil));
end;

function TPusherClient.GetChannel(const Channel, Info: string): string;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  Client: Ppusher_client;
begin
  Client := BeginApi(FPU);
  Result := EndApi(FPU, pusher_client_get_channel(Client, Put(Texts, Channel), PutOrNil(Texts, Info), nil));
end;

function TPusherClient.GetUsers(const Channel: string): string;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  Client: Ppusher_client;
begin
  Client := BeginApi(FPU);
  Result := EndApi(FPU, pusher_client_get_users(Client, Put(Texts, Channel), nil));
end;

function TPusherClient.TerminateUserConnections(const UserId: string): string;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  Client: Ppusher_client;
begin
  Client := BeginApi(FPU);
  Result := EndApi(FPU, pusher_client_terminate_user(Client, Put(Texts, UserId), nil));
end;

function TPusherClient.SendToUser(const UserId, Event, Data: string): string;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  Text: RawByteString;
  Client: Ppusher_client;
begin
  Text := ToUtf8(Data);
  Client := BeginApi(FPU);
  Result := EndApi(FPU, pusher_client_send_to_user(Client, Put(Texts, UserId), Put(Texts, Event), PAnsiChar(Text),
    Length(Text), nil));
end;

{ Options ---------------------------------------------------------------------------------------------------------- }

constructor TPusherOptions.Create(AOwner: TPusherClient);
begin
  inherited Create;
  FOwner := AOwner;
end;

function TPusherOptions.GetOwner: TPersistent;
begin
  Result := FOwner;
end;

procedure TPusherOptions.Assign(Source: TPersistent);
begin
  if not (Source is ClassType) then
  begin
    inherited; // raises: it does not know how
    Exit;
  end;
  FOwner.CheckChangeable;
  FTexts := TPusherOptions(Source).FTexts;
  FNumbers := TPusherOptions(Source).FNumbers;
end;

function TPusherOptions.GetText(Index: Integer): string;
begin
  Result := FTexts[Index];
end;

procedure TPusherOptions.SetText(Index: Integer; const Value: string);
begin
  FOwner.CheckChangeable;
  FTexts[Index] := Value;
  // Not while a form is loaded, which has both, and may have one that is switched off
  if (Self is TPusherProxy) and (Index = 0) and (Value <> '') and not (csLoading in FOwner.ComponentState) then
    TPusherProxy(Self).Kind := pkURL;
end;

function TPusherOptions.GetNumber(Index: Integer): Integer;
begin
  Result := FNumbers[Index];
end;

procedure TPusherOptions.SetNumber(Index: Integer; Value: Integer);
begin
  FOwner.CheckChangeable;
  FNumbers[Index] := Value;
end;

function TPusherOptions.GetFlag(Index: Integer): Boolean;
begin
  Result := FNumbers[Index] <> 0;
end;

procedure TPusherOptions.SetFlag(Index: Integer; Value: Boolean);
begin
  SetNumber(Index, Ord(Value));
end;

constructor TPusherTLSOptions.Create(AOwner: TPusherClient);
begin
  inherited;
  FNumbers[2] := Ord(tvTLS13);
  FPinnedKeys := TStringList.Create;
  TStringList(FPinnedKeys).OnChanging := AOwner.ListChanging;
end;

destructor TPusherTLSOptions.Destroy;
begin
  FPinnedKeys.Free;
  inherited;
end;

procedure TPusherTLSOptions.Assign(Source: TPersistent);
begin
  inherited;
  FPinnedKeys.Assign(TPusherTLSOptions(Source).FPinnedKeys);
end;

procedure TPusherTLSOptions.SetPinnedKeys(Value: TStrings);
begin
  FPinnedKeys.Assign(Value);
end;

function TPusherTLSOptions.GetVersion(Index: Integer): TPusherTLSVersion;
begin
  Result := TPusherTLSVersion(FNumbers[Index]);
end;

procedure TPusherTLSOptions.SetVersion(Index: Integer; Value: TPusherTLSVersion);
begin
  SetNumber(Index, Ord(Value));
end;

function TPusherProxy.GetKind: TPusherProxyKind;
begin
  Result := TPusherProxyKind(FNumbers[0]);
end;

procedure TPusherProxy.SetKind(Value: TPusherProxyKind);
begin
  SetNumber(0, Ord(Value));
end;

constructor TPusherReconnect.Create(AOwner: TPusherClient);
begin
  inherited;
  FNumbers[0] := 1000;
  FNumbers[1] := 30000;
end;

{ The component ---------------------------------------------------------------------------------------------------- }

constructor TPusherClient.Create(AOwner: TComponent);
var
  I: Integer;
begin
  inherited;
  FApiLock := TCriticalSection.Create;
  FApiGuard := TCriticalSection.Create;
  FUsersLock := TCriticalSection.Create;
  FUserChannels := TStringList.Create;
  FUsers := TStringList.Create;
  FOptions := TPusherOptions.Create(Self);
  for I := 0 to High(FLists) do
  begin
    FLists[I] := TStringList.Create;
    TStringList(FLists[I]).OnChanging := ListChanging;
  end;
  FTLSOptions := TPusherTLSOptions.Create(Self);
  FProxy := TPusherProxy.Create(Self);
  FTimeouts := TPusherTimeouts.Create(Self);
  FReconnect := TPusherReconnect.Create(Self);
  // As the properties' defaults say
  TLS := True;
  QueueCapacity := 8192;
  MaxMessageSize := 4 * 1024 * 1024;
  PublishRate := 10;
  PublishQueue := 1000;
  PublishTimeToLive := 30000;
  PresenceGrace := 3000;
end;

destructor TPusherClient.Destroy;
var
  I: Integer;
begin
  FreeClient;
  FReconnect.Free;
  FTimeouts.Free;
  FProxy.Free;
  FTLSOptions.Free;
  for I := 0 to High(FLists) do
    FLists[I].Free;
  FOptions.Free;
  FUsers.Free;
  FUserChannels.Free;
  FUsersLock.Free;
  FApiGuard.Free;
  FApiLock.Free;
  inherited;
end;

procedure TPusherClient.CheckChangeable;
begin
  if (FLink <> nil) or (FApi <> nil) then
    raise EPusher.CreateStatus(PUSHER_ERR_STATE, 0, 'options of a Pusher client cannot be changed while it is in use; '
      + 'set them before the first call, or call Close');
end;

procedure TPusherClient.ListChanging(Sender: TObject);
begin
  CheckChangeable;
end;

function TPusherClient.GetText(Index: Integer): string;
begin
  Result := FOptions.GetText(Index);
end;

procedure TPusherClient.SetText(Index: Integer; const Value: string);
begin
  FOptions.SetText(Index, Value);
end;

function TPusherClient.GetNumber(Index: Integer): Integer;
begin
  Result := FOptions.GetNumber(Index);
end;

procedure TPusherClient.SetNumber(Index: Integer; Value: Integer);
begin
  FOptions.SetNumber(Index, Value);
end;

function TPusherClient.GetFlag(Index: Integer): Boolean;
begin
  Result := FOptions.GetFlag(Index);
end;

procedure TPusherClient.SetFlag(Index: Integer; Value: Boolean);
begin
  FOptions.SetFlag(Index, Value);
end;

function TPusherClient.GetList(Index: Integer): TStrings;
begin
  Result := FLists[Index];
end;

procedure TPusherClient.SetList(Index: Integer; Value: TStrings);
begin
  FLists[Index].Assign(Value);
end;

procedure TPusherClient.SetTLSOptions(Value: TPusherTLSOptions);
begin
  FTLSOptions.Assign(Value);
end;

procedure TPusherClient.SetProxy(Value: TPusherProxy);
begin
  FProxy.Assign(Value);
end;

procedure TPusherClient.SetTimeouts(Value: TPusherTimeouts);
begin
  FTimeouts.Assign(Value);
end;

procedure TPusherClient.SetReconnect(Value: TPusherReconnect);
begin
  FReconnect.Assign(Value);
end;

procedure TPusherClient.SetDeliverOn(Value: TPusherDelivery);
begin
  CheckChangeable;
  FDeliverOn := Value;
end;

procedure TPusherClient.SetQueuePolicy(Value: TPusherQueuePolicy);
begin
  CheckChangeable;
  FQueuePolicy := Value;
end;

procedure TPusherClient.SetOverLimit(Value: TPusherOverLimit);
begin
  CheckChangeable;
  FOverLimit := Value;
end;

procedure TPusherClient.SetLimits(Value: TPusherLimits);
begin
  CheckChangeable;
  FLimits := Value;
end;

// The library asks only whom it was told of when the client was made: one that comes later would never be called. To take
// another, or none, does no harm.

procedure TPusherClient.SetOnPusherAuthentication(const Value: TPusherAuthenticationEvent);
begin
  if Assigned(Value) and not Assigned(FOnPusherAuthentication) then
    CheckChangeable;
  FOnPusherAuthentication := Value;
end;

procedure TPusherClient.SetOnPusherPrepareAuthorization(const Value: TPusherPrepareEvent);
begin
  if Assigned(Value) and not Assigned(FOnPusherPrepareAuthorization) then
    CheckChangeable;
  FOnPusherPrepareAuthorization := Value;
end;

procedure TPusherClient.SetOnPusherConfigure(const Value: TPusherConfigureEvent);
begin
  if Assigned(Value) and not Assigned(FOnPusherConfigure) then
    CheckChangeable;
  FOnPusherConfigure := Value;
end;

// HOST, HOST:PORT, [IPv6]:PORT or a bare IPv6 address
procedure SplitHost(const Line: string; out Host: string; out Port: Integer);
var
  Colon: Integer;
begin
  Host := Trim(Line);
  Port := 0;
  Colon := LastDelimiter(':', Host);
  if (Colon = 0) or ((Pos(':', Host) < Colon) and (Host[1] <> '[')) or (Pos(']', Host) > Colon) then
    Exit;
  // What is no number is 0 here, which is not a port: the library says so
  Port := StrToIntDef(Copy(Host, Colon + 1, MaxInt), -1);
  SetLength(Host, Colon - 1);
end;

procedure TPusherClient.FillConfig(Config: Ppusher_config; Delivery: Integer);
type
  TTextSetter = function(config: Ppusher_config; value: PAnsiChar): Integer; cdecl;
  TTimeSetter = function(config: Ppusher_config; timeout_ms: Integer): Integer; cdecl;
  TPairSetter = function(config: Ppusher_config; name: PAnsiChar; value: PAnsiChar): Integer; cdecl;
const
  TLS_VERSIONS: array[TPusherTLSVersion] of Integer = (PUSHER_TLS_1_2, PUSHER_TLS_1_3);
var
  Texts: TTexts;

  procedure SetOne(const Value: string; Setter: TTextSetter);
  begin
    if Value <> '' then
      Check(Setter(Config, Put(Texts, Value)));
  end;

  procedure SetTime(Value: Integer; Setter: TTimeSetter);
  begin
    if Value <> 0 then
      Check(Setter(Config, Value));
  end;

  procedure SetPhase(Phase, Value: Integer);
  begin
    if Value <> 0 then
      Check(pusher_config_set_phase_timeout(Config, Phase, Value));
  end;

  procedure AddPairs(List: TStrings; Setter: TPairSetter);
  var
    I: Integer;
  begin
    for I := 0 to List.Count - 1 do
      Check(Setter(Config, Put(Texts, string(List.Names[I])), Put(Texts, string(List.ValueFromIndex[I]))));
  end;

  procedure SetServer;
  var
    I, Number: Integer;
    Text: string;
  begin
    SetOne(Cluster, pusher_config_set_cluster);
    SetOne(Host, pusher_config_set_host);
    SetOne(Path, pusher_config_set_path);
    SetTime(Port, pusher_config_set_port);
    for I := 0 to MoreHosts.Count - 1 do
    begin
      SplitHost(string(MoreHosts[I]), Text, Number);
      Check(pusher_config_add_host(Config, Put(Texts, Text), Number));
    end;
    Check(pusher_config_set_tls(Config, Ord(TLS)));
    if (ClientName <> '') or (ClientVersion <> '') then
      Check(pusher_config_set_client_name(Config, Put(Texts, ClientName), Put(Texts, ClientVersion)));
    SetOne(Origin, pusher_config_set_origin);
    AddPairs(Headers, pusher_config_add_header);
    SetOne(AppId, pusher_config_set_app_id);
    if ApiHost <> '' then
      Check(pusher_config_set_api_host(Config, Put(Texts, ApiHost), ApiPort));
    case FProxy.Kind of
      pkNone:
        Check(pusher_config_set_proxy(Config, nil, nil));
      pkURL:
        Check(pusher_config_set_proxy(Config, Put(Texts, FProxy.URL), PutOrNil(Texts, FProxy.Bypass)));
    end;
  end;

  procedure SetPermissions;
  begin
    SetOne(Secret, pusher_config_set_secret);
    SetOne(EncryptionMasterKey, pusher_config_set_encryption_master_key);
    SetOne(AuthEndpoint, pusher_config_set_auth_endpoint);
    SetOne(UserAuthEndpoint, pusher_config_set_user_auth_endpoint);
    AddPairs(AuthHeaders, pusher_config_add_auth_header);
    AddPairs(AuthParams, pusher_config_add_auth_param);
    Check(pusher_config_set_auth_json(Config, Ord(AuthJSON)));
    Check(pusher_config_set_auth_batches(Config, Ord(AuthBatches)));
    if Assigned(FOnPusherAuthentication) then
      Check(pusher_config_set_authorizer(Config, 0));
    if Assigned(FOnPusherPrepareAuthorization) then
      Check(pusher_config_set_auth_prepared(Config, 1));
    if UserId <> '' then
      Check(pusher_config_set_presence_user(Config, Put(Texts, UserId), PutOrNil(Texts, UserInfo)));
    SetOne(UserData, pusher_config_set_user);
  end;

  procedure SetTLS;
  var
    I: Integer;
  begin
    SetOne(FTLSOptions.CAFile, pusher_config_add_ca_file);
    if (FTLSOptions.CertificateFile <> '') or (FTLSOptions.KeyFile <> '') then
      Check(pusher_config_set_client_certificate_files(Config, Put(Texts, FTLSOptions.CertificateFile),
        Put(Texts, FTLSOptions.KeyFile)));
    for I := 0 to FTLSOptions.PinnedKeys.Count - 1 do
      Check(pusher_config_add_pinned_key(Config, Put(Texts, string(FTLSOptions.PinnedKeys[I]))));
    Check(pusher_config_set_insecure_skip_verify(Config, Ord(FTLSOptions.InsecureSkipVerify)));
    Check(pusher_config_set_tls_versions(Config, TLS_VERSIONS[FTLSOptions.OldestVersion],
      TLS_VERSIONS[FTLSOptions.NewestVersion]));
  end;

  procedure SetTimes;
  begin
    SetTime(FTimeouts.Connect, pusher_config_set_connect_timeout);
    SetTime(FTimeouts.Activity, pusher_config_set_activity_timeout);
    SetTime(FTimeouts.Pong, pusher_config_set_pong_timeout);
    SetTime(FTimeouts.Subscribe, pusher_config_set_subscribe_timeout);
    SetTime(FTimeouts.Authorization, pusher_config_set_auth_timeout);
    SetTime(FTimeouts.Api, pusher_config_set_api_timeout);
    SetPhase(PUSHER_PHASE_DNS, FTimeouts.DNS);
    SetPhase(PUSHER_PHASE_TCP, FTimeouts.TCP);
    SetPhase(PUSHER_PHASE_PROXY, FTimeouts.Proxy);
    SetPhase(PUSHER_PHASE_TLS, FTimeouts.TLS);
    SetPhase(PUSHER_PHASE_WEBSOCKET, FTimeouts.WebSocket);
    if FTimeouts.KeepAlive = -1 then
      Check(pusher_config_set_tcp_keepalive(Config, 0))
    else
      SetTime(FTimeouts.KeepAlive, pusher_config_set_tcp_keepalive);
    Check(pusher_config_set_backoff(Config, FReconnect.FirstDelay, FReconnect.LongestDelay));
    Check(pusher_config_set_max_tries(Config, FReconnect.MaxTries));
    Check(pusher_config_set_retry_patience(Config, FReconnect.Patience));
  end;

begin
  SetServer;
  SetPermissions;
  SetTLS;
  SetTimes;
  Check(pusher_config_set_queue_capacity(Config, QueueCapacity));
  Check(pusher_config_set_queue_policy(Config, Ord(QueuePolicy)));
  Check(pusher_config_set_max_message_size(Config, MaxMessageSize));
  Check(pusher_config_set_publish_rate(Config, PublishRate, Ord(OverLimit)));
  Check(pusher_config_set_publish_queue(Config, PublishQueue, PublishTimeToLive));
  Check(pusher_config_set_presence_grace(Config, PresenceGrace));
  Check(pusher_config_set_limits(Config, Ord(Limits), Ord(LenientNames)));
  Check(pusher_config_set_delivery(Config, Delivery));
  if Assigned(FOnPusherConfigure) then
    FOnPusherConfigure(Self, Config);
end;

function TPusherClient.NewConfig(Delivery: Integer): Ppusher_config;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
begin
  LoadPusherWS;
  Result := pusher_config_new(Put(Texts, Key));
  if Result = nil then
    raise EPusher.CreateStatus(PUSHER_ERR_ARGUMENT, 0, LastError);
  try
    HoldFPU(FPU);
    try
      FillConfig(Result, Delivery);
    finally
      LoadFPU(FPU);
    end;
  except
    pusher_config_free(Result);
    raise;
  end;
end;

// The library's client, made when it is first needed
function TPusherClient.Client: Ppusher_client;
const
  DELIVERIES: array[TPusherDelivery] of Integer = (PUSHER_DELIVER_POLL, PUSHER_DELIVER_THREAD, PUSHER_DELIVER_INLINE);
var
  FPU: TPusherFPUState;
  Config: Ppusher_config;
  Link: TPusherLink;
  Callback: pusher_callback;
  Wakeup: pusher_wakeup;
begin
  if FLink <> nil then
    Exit(TPusherLink(FLink).FClient);
  Config := NewConfig(DELIVERIES[FDeliverOn]);
  try
    HoldFPU(FPU);
    Finish(FPU, pusher_client_new(Config, @Result));
  finally
    pusher_config_free(Config);
  end;
  Link := TPusherLink.Create(Self, Result, FDeliverOn);
  FLinkReference := Link;
  FLink := Link;
  try
    Callback.call := EventArrived;
    Callback.drop := LinkDropped;
    Callback.user_data := Link;
    Link.Retain;
    Check(pusher_client_bind(Result, nil, nil, @Callback, nil));
    if FDeliverOn = dmMainThread then
    begin
      Wakeup.call := EventsWait;
      Wakeup.drop := LinkDropped;
      Wakeup.user_data := Link;
      Link.Retain;
      Check(pusher_client_set_wakeup(Result, @Wakeup));
    end;
  except
    FreeClient;
    raise;
  end;
end;

// The call of the HTTP API first: a handler that is in it would be waited for below, and may make another
procedure TPusherClient.FreeClient;
var
  Link: TPusherLink;
begin
  CancelApi;
  if FLink <> nil then
  begin
    Link := TPusherLink(FLink);
    // Until the link itself is done with, below
    Link.Retain;
    Link.Detach;
    FLink := nil;
    FLinkReference := nil;
    Link.Release;
  end;
  FreeApi;
  FUsersLock.Enter;
  try
    ForgetUsers;
  finally
    FUsersLock.Leave;
  end;
end;

procedure TPusherClient.Close(TimeoutMs: Integer);
var
  FPU: TPusherFPUState;
  Link: TPusherLink;
  Closed: Boolean;
  Deadline: TDateTime;
begin
  if TimeoutMs < 0 then
    raise EPusher.CreateStatus(PUSHER_ERR_ARGUMENT, 0, 'the time to close in cannot be negative');
  if FLink = nil then
  begin
    FreeClient;
    Exit;
  end;
  Link := TPusherLink(FLink);
  Link.Retain;
  try
    HoldFPU(FPU);
    if FDeliverOn <> dmMainThread then
      pusher_client_close(Link.FClient, TimeoutMs)
    else
      pusher_client_close(Link.FClient, 0);
    LoadFPU(FPU);
    // The last events. Each handler may close or destroy the component in turn
    Deadline := Now + TimeoutMs / MSecsPerDay;
    if FDeliverOn = dmMainThread then
      repeat
        Link.Deliver(Remaining(Deadline), 0, Closed);
      until Closed or (Link.FOwner = nil) or (Now >= Deadline);
  finally
    if Link.FOwner <> nil then
      FreeClient;
    Link.Release;
  end;
end;

{ Calls ------------------------------------------------------------------------------------------------------------ }

// Call is read before this runs: until the library is loaded it is nil, and so its callers load it.
function TPusherClient.Ask(Call: TPusherPlainCall): TPusherRequest;
var
  FPU: TPusherFPUState;
  C: Ppusher_client;
begin
  C := Client;
  HoldFPU(FPU);
  Finish(FPU, Call(C, @Result));
end;

function TPusherClient.Connect: TPusherRequest;
begin
  LoadPusherWS;
  Result := Ask(pusher_client_connect);
end;

function TPusherClient.Disconnect: TPusherRequest;
begin
  LoadPusherWS;
  Result := Ask(pusher_client_disconnect);
end;

function TPusherClient.Ping: TPusherRequest;
begin
  LoadPusherWS;
  Result := Ask(pusher_client_ping);
end;

function TPusherClient.Retry(DelayMs: Integer): TPusherRequest;
var
  FPU: TPusherFPUState;
  C: Ppusher_client;
begin
  C := Client;
  HoldFPU(FPU);
  Finish(FPU, pusher_client_retry(C, DelayMs, @Result));
end;

function TPusherClient.NetworkChanged: TPusherRequest;
begin
  LoadPusherWS;
  Result := Ask(pusher_client_network_changed);
end;

// The library tells an authoriser of the program's own the channel only. As in the library, a channel keeps its user
// until it is unsubscribed. Under the lock
procedure TPusherClient.SetUserFor(const Channel, Data: string);
var
  I: Integer;
begin
  for I := FUserChannels.Count - 1 downto 0 do
    if string(FUserChannels[I]) = Channel then
    begin
      FUserChannels.Delete(I);
      FUsers.Delete(I);
    end;
  if Data <> '' then
  begin
    FUserChannels.Add(Channel);
    FUsers.Add(Data);
  end;
end;

procedure TPusherClient.ForgetUsers;
begin
  FUserChannels.Clear;
  FUsers.Clear;
end;

function TPusherClient.UserFor(const Channel: string): string;
var
  I: Integer;
begin
  Result := '';
  if Copy(Channel, 1, 9) <> 'presence-' then
    Exit;
  FUsersLock.Enter;
  try
    for I := 0 to FUserChannels.Count - 1 do
      if string(FUserChannels[I]) = Channel then
        Result := string(FUsers[I]);
  finally
    FUsersLock.Leave;
  end;
  if (Result <> '') or (UserId = '') then
    Exit;
  Result := '{"user_id":' + JSONText(UserId);
  if UserInfo <> '' then
    Result := Result + ',"user_info":' + UserInfo;
  Result := Result + '}';
end;

function TPusherClient.Subscribe(const Channel: string): TPusherRequest;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  C: Ppusher_client;
begin
  C := Client;
  HoldFPU(FPU);
  Finish(FPU, pusher_client_subscribe(C, Put(Texts, Channel), nil, @Result));
end;

function TPusherClient.Subscribe(const Channel: string; Kind: TPusherChannelKind; const Data: string): TPusherRequest;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  C: Ppusher_client;
begin
  C := Client;
  // So that the user is known when the other thread asks for permission, and one that is refused changes nothing
  FUsersLock.Enter;
  try
    HoldFPU(FPU);
    Finish(FPU, pusher_client_subscribe_kind(C, Ord(Kind), Put(Texts, Channel), PutOrNil(Texts, Data), @Result));
    if Data <> '' then
      SetUserFor(PusherChannelName(Kind, Channel), Data);
  finally
    FUsersLock.Leave;
  end;
end;

function TPusherClient.SubscribeWithAuth(const Channel, Auth, ChannelData, SharedSecret: string): TPusherRequest;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  C: Ppusher_client;
begin
  C := Client;
  HoldFPU(FPU);
  Finish(FPU, pusher_client_subscribe_with_auth(C, Put(Texts, Channel), Put(Texts, Auth), PutOrNil(Texts, ChannelData),
    PutOrNil(Texts, SharedSecret), @Result));
end;

function TPusherClient.UnSubscribe(const Channel: string): TPusherRequest;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  C: Ppusher_client;
begin
  C := Client;
  FUsersLock.Enter;
  try
    HoldFPU(FPU);
    Finish(FPU, pusher_client_unsubscribe(C, Put(Texts, Channel), @Result));
    SetUserFor(Channel, '');
  finally
    FUsersLock.Leave;
  end;
end;

function TPusherClient.UnSubscribe(const Channel: string; Kind: TPusherChannelKind): TPusherRequest;
begin
  Result := UnSubscribe(PusherChannelName(Kind, Channel));
end;

function TPusherClient.UnSubscribeAll: TPusherRequest;
begin
  LoadPusherWS;
  FUsersLock.Enter;
  try
    Result := Ask(pusher_client_unsubscribe_all);
    ForgetUsers;
  finally
    FUsersLock.Leave;
  end;
end;

function TPusherClient.Publish(const Event, Channel, Data: string): TPusherRequest;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  Text: RawByteString;
  C: Ppusher_client;
begin
  Text := ToUtf8(Data);
  C := Client;
  HoldFPU(FPU);
  Finish(FPU, pusher_client_publish(C, Put(Texts, Channel), Put(Texts, Event), PAnsiChar(Text), Length(Text), @Result));
end;

function TPusherClient.Publish(const Event, Channel: string; Kind: TPusherChannelKind; const Data: string):
  TPusherRequest;
begin
  Result := Publish(Event, PusherChannelName(Kind, Channel), Data);
end;

function TPusherClient.SignIn: TPusherRequest;
begin
  LoadPusherWS;
  Result := Ask(pusher_client_sign_in);
end;

function TPusherClient.Bind(const Channel, Event: string; Handler: TPusherAnyEvent; Options: TPusherBindOptions):
  TPusherBinding;
var
  Binder: TPusherBinder;
begin
  Binder := TPusherBinder.Create;
  Binder.FHandler := Handler;
  Result := BindWith(Channel, Event, Options, Binder);
end;

{$IFDEF PUSHERWS_ANONYMOUS}
function TPusherClient.Bind(const Channel, Event: string; const Handler: TPusherAnyProc; Options: TPusherBindOptions):
  TPusherBinding;
var
  Binder: TPusherBinder;
begin
  Binder := TPusherBinder.Create;
  Binder.FProc := Handler;
  Result := BindWith(Channel, Event, Options, Binder);
end;
{$ENDIF}

function TPusherClient.BindWith(const Channel, Event: string; Options: TPusherBindOptions; Binder: TObject):
  TPusherBinding;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  C: Ppusher_client;
  Link: TPusherLink;
  Mine: IInterface;
  Callback: pusher_callback;
  Flags, Status: Integer;
begin
  Mine := TPusherBinder(Binder); // it goes with this where the client cannot be made
  C := Client;
  Link := TPusherLink(FLink);
  TPusherBinder(Binder).FLink := Link;
  TPusherBinder(Binder).FLinkReference := Link;
  Flags := 0;
  if boOnce in Options then
    Flags := Flags or PUSHER_BIND_ONCE;
  if boPatterns in Options then
    Flags := Flags or PUSHER_BIND_GLOB;
  Callback.call := BoundEventArrived;
  Callback.drop := BinderDropped;
  Callback.user_data := Binder;
  TPusherBinder(Binder).Retain; // the library's, until it drops it
  // Under the lock: it may be dropped before this call has returned, where it is bound for one event only
  Link.FLock.Enter;
  try
    Link.FBinders.Add(Binder);
  finally
    Link.FLock.Leave;
  end;
  HoldFPU(FPU);
  Status := pusher_client_bind_with(C, PutOrNil(Texts, Channel), PutOrNil(Texts, Event), Flags, @Callback, @Result);
  if Status = PUSHER_OK then
    TPusherBinder(Binder).FNumber := Result;
  Finish(FPU, Status);
end;

procedure TPusherClient.Unbind(Binding: TPusherBinding);
var
  FPU: TPusherFPUState;
  Link: TPusherLink;
  Binder: TPusherBinder;
  C: Ppusher_client;
begin
  C := Client;
  Link := TPusherLink(FLink);
  Link.FLock.Enter;
  try
    Binder := Link.Find(Binding);
    if Binder <> nil then
      Binder.FUnbound := True;
  finally
    Link.FLock.Leave;
  end;
  HoldFPU(FPU);
  Finish(FPU, pusher_client_unbind(C, Binding));
end;

procedure TPusherClient.WaitFor(Request: TPusherRequest; TimeoutMs: Integer);
var
  FPU: TPusherFPUState;
  C: Ppusher_client;
  Link: TPusherLink;
  Deadline: TDateTime;
  Status: Integer;
  Closed: Boolean;
  Event: TPusherEvent;
  Text: string;
  SearchEnd: TDateTime;
  Before: TPusherRequest;
begin
  C := Client;
  Link := TPusherLink(FLink);
  if (FDeliverOn <> dmMainThread) or (GetCurrentThreadId <> MainThreadID) then
  begin
    HoldFPU(FPU);
    Finish(FPU, pusher_client_wait(C, Request, TimeoutMs));
    Exit;
  end;
  // Events go on, so that a handler may be asked for what the request is waiting for
  Deadline := Now + TimeoutMs / MSecsPerDay;
  SearchEnd := 0;
  Link.Retain;
  Before := Link.Await(Request);
  try
    repeat
      HoldFPU(FPU);
      Status := pusher_client_wait(C, Request, 0);
      LoadFPU(FPU);
      if Status = PUSHER_OK then
        Exit;
      if Status <> PUSHER_ERR_TIMEOUT then
      begin
        // It has failed, and its event, which has the code, is on its way, unless it has been told long ago
        Text := LastError;
        if SearchEnd = 0 then
        begin
          SearchEnd := Now + SEARCH_MS / MSecsPerDay;
          if (TimeoutMs >= 0) and (Deadline < SearchEnd) then
            SearchEnd := Deadline;
        end;
        if ((Link.Deliver(MOMENT_MS, 0, Closed) = 0) or (Now >= SearchEnd)) and not Link.Ended(Event) then
          raise EPusher.CreateStatus(Status, 0, Text);
      end
      else if (TimeoutMs >= 0) and (Remaining(Deadline) = 0) then
        Check(Status)
      else
        // Not for ever, since another thread may take the event that this one waits for
        Link.Deliver(Soon(TimeoutMs, Deadline), 0, Closed);
      if Link.Ended(Event) then
      begin
        if Event.Status <> PUSHER_OK then
          raise EPusher.CreateStatus(Event.Status, Event.Code, Event.Data);
        Exit;
      end;
    until Link.FOwner = nil;
    raise EPusher.CreateStatus(PUSHER_ERR_CANCELLED, 0, 'the client has been ended by a handler');
  finally
    Link.Await(Before);
    Link.Release;
  end;
end;

function TPusherClient.ProcessEvents(TimeoutMs: Integer): Integer;
var
  Closed: Boolean;
begin
  Client;
  if FDeliverOn <> dmMainThread then
    raise EPusher.CreateStatus(PUSHER_ERR_STATE, 0, 'events are delivered on another thread, as DeliverOn says; '
      + 'ProcessEvents is for dmMainThread');
  if GetCurrentThreadId <> MainThreadID then
    raise EPusher.CreateStatus(PUSHER_ERR_STATE, 0, 'events are delivered on the main thread, as DeliverOn says; call '
      + 'ProcessEvents there, or use DeliverOn := dmThread');
  Result := TPusherLink(FLink).Deliver(TimeoutMs, SLICE_MS, Closed);
end;

{ Permissions ------------------------------------------------------------------------------------------------------ }

constructor TPusherAuthRequest.Create(const Key, ChannelData: string; const E: TPusherEvent);
begin
  inherited Create;
  FKey := Key;
  FChannelData := ChannelData;
  FSocketId := E.SocketId;
  FChannel := E.Channel;
  FNumber := E.Request;
  FChannels := TStringList.Create;
  // Of many, the names are in Data, one on each line
  if E.Channel <> '' then
    FChannels.Add(E.Channel)
  else if E.Kind <> PUSHER_EVENT_AUTHORIZE_USER then
    FChannels.Text := E.Data;
  FIsSignIn := FChannels.Count = 0;
end;

destructor TPusherAuthRequest.Destroy;
begin
  FChannels.Free;
  inherited;
end;

function TPusherAuthRequest.GetChannels: TStrings;
begin
  Result := FChannels;
end;

procedure TPusherAuthResponse.Refuse(const Reason: string);
begin
  FRefused := True;
  FReason := Reason;
end;

procedure TPusherAuthResponse.Defer;
begin
  FDeferred := True;
end;

procedure TPusherClient.Authorize(Number: TPusherRequest; const Auth, ChannelData, SharedSecret: string);
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  C: Ppusher_client;
begin
  C := Client;
  HoldFPU(FPU);
  Finish(FPU, pusher_client_authorize(C, Number, nil, Put(Texts, Auth), PutOrNil(Texts, ChannelData),
    PutOrNil(Texts, SharedSecret)));
end;

procedure TPusherClient.AuthorizeUser(Number: TPusherRequest; const Auth, UserData: string);
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  C: Ppusher_client;
begin
  C := Client;
  HoldFPU(FPU);
  Finish(FPU, pusher_client_authorize_user(C, Number, Put(Texts, Auth), Put(Texts, UserData)));
end;

procedure TPusherClient.Refuse(Number: TPusherRequest; const Reason: string);
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  C: Ppusher_client;
begin
  C := Client;
  HoldFPU(FPU);
  Finish(FPU, pusher_client_refuse(C, Number, PutOrNil(Texts, Reason)));
end;

// What the library signs for a channel, or for a user where Channel is empty: JSON
function TPusherClient.Signed(const Secret, SocketId, Channel, Data: string): string;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  Config: Ppusher_config;
  Buffer: RawByteString;
  Length: NativeUInt;
  Status: Integer;
begin
  LoadPusherWS;
  Config := pusher_config_new(Put(Texts, Key));
  if Config = nil then
    raise EPusher.CreateStatus(PUSHER_ERR_ARGUMENT, 0, LastError);
  try
    Check(pusher_config_set_secret(Config, Put(Texts, Secret)));
    if EncryptionMasterKey <> '' then
      Check(pusher_config_set_encryption_master_key(Config, Put(Texts, EncryptionMasterKey)));
    Length := 1000;
    repeat
      SetLength(Buffer, Length + 1);
      HoldFPU(FPU);
      if Channel = '' then
        Status := pusher_authorize_user(Config, Put(Texts, SocketId), Put(Texts, Data), PAnsiChar(Buffer),
          System.Length(Buffer), @Length)
      else
        Status := pusher_authorize_channel(Config, Put(Texts, SocketId), Put(Texts, Channel), PutOrNil(Texts, Data),
          PAnsiChar(Buffer), System.Length(Buffer), @Length);
      LoadFPU(FPU);
    until (Status <> PUSHER_ERR_TOO_LARGE) or (Length < NativeUInt(System.Length(Buffer)));
    Check(Status);
    Result := FromUtf8(PAnsiChar(Buffer), Length);
  finally
    pusher_config_free(Config);
  end;
end;

procedure TPusherClient.Authenticate(const E: TPusherEvent);
var
  Request: TPusherAuthRequest;
  Response: TPusherAuthResponse;
  Link: TPusherLink;
begin
  Link := TPusherLink(FLink);
  Request := TPusherAuthRequest.Create(Key, UserFor(E.Channel), E);
  Response := TPusherAuthResponse.Create;
  Link.Retain;
  try
    Response.FChannelData := Request.ChannelData;
    Response.FSecret := Secret;
    if E.Kind = PUSHER_EVENT_AUTHORIZE_USER then
      Response.FUserData := UserData;
    try
      if Assigned(FOnPusherAuthentication) then
        FOnPusherAuthentication(Self, Request, Response);
      if (Link.FOwner <> nil) and not Response.FDeferred then
        Answer(E, Response);
    except
      RefuseFailed(Link, E.Request, 'the program''s own authorisation failed');
      raise;
    end;
  finally
    Link.Release;
    Response.Free;
    Request.Free;
  end;
end;

// Inside of an except block, whose exception is the one to be told. Nobody else would end the subscription before its
// time is over.
procedure TPusherClient.RefuseFailed(Link: TObject; Number: TPusherRequest; const Reason: string);
var
  FPU: TPusherFPUState;
  Texts: TTexts;
begin
  if TPusherLink(Link).FOwner = nil then
    Exit;
  HoldFPU(FPU);
  pusher_client_refuse(TPusherLink(Link).FClient, Number, Put(Texts, Reason));
  LoadFPU(FPU);
end;

procedure TPusherClient.Answer(const E: TPusherEvent; Response: TPusherAuthResponse);
begin
  try
    AnswerNow(E, Response);
  except
    // Close tells what still waits, among it what nobody wants to have answered any more
    on Error: EPusher do
      if Error.Status <> PUSHER_ERR_CLOSED then
        raise;
  end;
end;

procedure TPusherClient.AnswerNow(const E: TPusherEvent; Response: TPusherAuthResponse);
var
  JSON: string;
begin
  if Response.FRefused then
  begin
    Refuse(E.Request, Response.FReason);
    Exit;
  end;
  if (Response.FAuth = '') and (Response.FSecret <> '') then
  begin
    JSON := Response.FChannelData;
    if E.Kind = PUSHER_EVENT_AUTHORIZE_USER then
      JSON := Response.FUserData;
    JSON := Signed(Response.FSecret, E.SocketId, E.Channel, JSON);
    Response.FAuth := TextInJSON(JSON, 'auth');
    if Response.FSharedSecret = '' then
      Response.FSharedSecret := TextInJSON(JSON, 'shared_secret');
  end;
  if Response.FAuth = '' then
    Refuse(E.Request, 'the program gave neither a secret nor an authorisation')
  else if E.Kind = PUSHER_EVENT_AUTHORIZE_USER then
    AuthorizeUser(E.Request, Response.FAuth, Response.FUserData)
  else
    Authorize(E.Request, Response.FAuth, Response.FChannelData, Response.FSharedSecret);
end;

procedure TPusherClient.Prepare(const E: TPusherEvent);
type
  TPointers = array of PAnsiChar;
var
  FPU: TPusherFPUState;
  Texts: TTexts;
  Request: TPusherAuthRequest;
  More: array[0..1] of TStringList;
  Pointers: array[0..1] of TPointers;
  Link: TPusherLink;
  I, J, Status: Integer;
begin
  Link := TPusherLink(FLink);
  Request := TPusherAuthRequest.Create(Key, UserFor(E.Channel), E);
  More[0] := TStringList.Create;
  More[1] := TStringList.Create;
  Link.Retain;
  try
    try
      if Assigned(FOnPusherPrepareAuthorization) then
        FOnPusherPrepareAuthorization(Self, Request, E.Value = 1, More[0], More[1]);
      if Link.FOwner = nil then
        Exit;
      for I := 0 to 1 do
      begin
        SetLength(Pointers[I], More[I].Count * 2 + 1);
        for J := 0 to More[I].Count - 1 do
        begin
          Pointers[I][J * 2] := Put(Texts, string(More[I].Names[J]));
          Pointers[I][J * 2 + 1] := Put(Texts, string(More[I].ValueFromIndex[J]));
        end;
      end;
      HoldFPU(FPU);
      Status := pusher_client_prepare(Link.FClient, E.Request, @Pointers[0][0], @Pointers[1][0]);
      LoadFPU(FPU);
      if Status <> PUSHER_ERR_CLOSED then // as in Answer
        Check(Status);
    except
      RefuseFailed(Link, E.Request, 'the program''s own preparation failed');
      raise;
    end;
  finally
    Link.Release;
    More[0].Free;
    More[1].Free;
    Request.Free;
  end;
end;

function TPusherClient.ChannelAuthorization(const SocketId, Channel, ChannelData: string): string;
begin
  if Channel = '' then
    raise EPusher.CreateStatus(PUSHER_ERR_CHANNEL, 0, 'the channel''s name is empty');
  Result := Signed(Secret, SocketId, Channel, ChannelData);
end;

function TPusherClient.UserAuthorization(const SocketId, UserData: string): string;
begin
  Result := Signed(Secret, SocketId, '', UserData);
end;

function TPusherClient.IsWebhookGenuine(const Key, Signature: string; const Body: TBytes): Boolean;
var
  Texts: TTexts;
  Config: Ppusher_config;
  Status: Integer;
begin
  LoadPusherWS;
  Config := pusher_config_new(Put(Texts, Self.Key));
  if Config = nil then
    raise EPusher.CreateStatus(PUSHER_ERR_ARGUMENT, 0, LastError);
  try
    Check(pusher_config_set_secret(Config, Put(Texts, Secret)));
    Status := pusher_verify_webhook(Config, Put(Texts, Key), Put(Texts, Signature), PAnsiChar(Body), Length(Body));
    Result := Status = PUSHER_OK;
    if Status <> PUSHER_ERR_AUTH then
      Check(Status);
  finally
    pusher_config_free(Config);
  end;
end;

function TPusherClient.Encrypt(const Channel, Data: string): string;
var
  Texts: TTexts;
  Config: Ppusher_config;
  Text, Buffer: RawByteString;
  Length: NativeUInt;
begin
  LoadPusherWS;
  Config := pusher_config_new(Put(Texts, Key));
  if Config = nil then
    raise EPusher.CreateStatus(PUSHER_ERR_ARGUMENT, 0, LastError);
  try
    Check(pusher_config_set_secret(Config, Put(Texts, Secret)));
    Check(pusher_config_set_encryption_master_key(Config, Put(Texts, EncryptionMasterKey)));
    Text := ToUtf8(Data);
    SetLength(Buffer, System.Length(Text) * 4 div 3 + 200);
    Check(pusher_encrypt(Config, Put(Texts, Channel), PAnsiChar(Text), System.Length(Text), PAnsiChar(Buffer),
      System.Length(Buffer), @Length));
    Result := FromUtf8(PAnsiChar(Buffer), Length);
  finally
    pusher_config_free(Config);
  end;
end;

{ Looking ---------------------------------------------------------------------------------------------------------- }

function TPusherClient.GetState: TPusherState;
var
  Found: Integer;
begin
  // To look makes no client
  if FLink = nil then
    Exit(psInitialized);
  Found := pusher_client_state(TPusherLink(FLink).FClient);
  Check(Found);
  Result := TPusherState(Found);
end;

function TPusherClient.GetConnected: Boolean;
begin
  Result := State = psConnected;
end;

function TPusherClient.GetSocketId: string;
var
  Id: array[0..127] of AnsiChar;
  Status: Integer;
begin
  Result := '';
  if FLink = nil then
    Exit;
  Status := pusher_client_socket_id(TPusherLink(FLink).FClient, Id, SizeOf(Id), nil);
  if Status = PUSHER_ERR_NOT_CONNECTED then
    Exit;
  Check(Status);
  Result := FromC(Id);
end;

function TPusherClient.GetMembers(const Channel: string): TPusherMemberArray;
var
  Texts: TTexts;
  List: Ppusher_members;
  Member: Ppusher_member;
  Name: string;
  I: Integer;
begin
  Name := Channel;
  if Copy(Name, 1, 9) <> 'presence-' then
    Name := 'presence-' + Name;
  Result := nil;
  Check(pusher_client_members(Client, Put(Texts, Name), @List));
  try
    SetLength(Result, pusher_members_count(List));
    for I := 0 to High(Result) do
    begin
      Member := pusher_members_at(List, I);
      Result[I].UserId := FromUtf8(Member.user_id, Member.user_id_len);
      Result[I].UserInfo := FromUtf8(Member.user_info, Member.user_info_len);
      Result[I].IsMe := Member.is_me <> 0;
    end;
  finally
    pusher_members_free(List);
  end;
end;

function TPusherClient.GetChannelState(const Channel: string): TPusherChannelState;
var
  Texts: TTexts;
  Found: Integer;
begin
  if FLink = nil then
    Exit(csNone);
  Found := pusher_client_channel_state(TPusherLink(FLink).FClient, Put(Texts, Channel));
  Check(Found);
  Result := TPusherChannelState(Found);
end;

function TPusherClient.GetDropped: UInt64;
begin
  Result := 0;
  if FLink <> nil then
    Check(pusher_client_dropped(TPusherLink(FLink).FClient, @Result));
end;

function PusherChannelName(Kind: TPusherChannelKind; const Channel: string): string;
var
  Texts: TTexts;
  Buffer: array[0..255] of AnsiChar;
  Length: NativeUInt;
begin
  LoadPusherWS;
  Check(pusher_channel_name(Ord(Kind), Put(Texts, Channel), Buffer, SizeOf(Buffer), @Length));
  Result := FromUtf8(Buffer, Length);
end;

function PusherBatchEvent(const Channel, Event, Data, SocketId, Info: string): TPusherBatchEvent;
begin
  Result.Channel := Channel;
  Result.Event := Event;
  Result.Data := Data;
  Result.SocketId := SocketId;
  Result.Info := Info;
end;

procedure Register;
begin
  RegisterComponents('Pusher', [TPusherClient]);
end;

initialization
  SaveFPU(PascalFPU);
  Courier := TPusherCourier.Create;
  CourierReference := Courier;
finalization
  // Clients that go later keep it as long as they need it
  CourierReference := nil;
end.
