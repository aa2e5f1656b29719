// TPusherClient against the embedded server: what it does, and what it tells. See threads.pas for where it does so.
program client;

{$H+}
{$MACRO ON}
{$IFDEF FPC_OBJFPC}{$DEFINE method:=@}{$ELSE}{$DEFINE method:=}{$ENDIF}

uses
  {$IFDEF UNIX}cthreads, cwstring,{$ENDIF} Classes, SysUtils, PusherWS, PusherWS.Api, PusherTesting;

procedure connects_and_disconnects;
var
  Seen: TRecorder;
  Ann: TPusherClient;
  Socket: string;
begin
  FreshServer;
  Seen := TRecorder.Create;
  Ann := NewPusher('ann');
  Seen.Attach(Ann);
  Check(Ann.State = psInitialized, 'nothing has been asked for yet');
  CheckText('', Ann.SocketId);
  Ann.WaitFor(Ann.Connect);
  Check(Ann.Connected, 'it is connected');
  Socket := Ann.SocketId;
  Check(Socket <> '', 'there is a socket id');
  Seen.Wait('connect 120 ' + Socket);
  Seen.Wait('state 0 1');
  Seen.Wait('state 1 2');
  Seen.Wait('log pusher:state_change connecting -> connected');
  Ann.WaitFor(Ann.Ping);
  Ann.WaitFor(Ann.Disconnect);
  Seen.Wait('disconnect ');
  Check(Ann.State = psDisconnected, 'it is disconnected');
  CheckText('', Ann.SocketId);
  Ann.WaitFor(Ann.Connect);
  Check(Ann.SocketId <> Socket, 'a new connection has a new socket id');
  Check(Seen.Foreign = 0, 'all came on the main thread');
  Ann.Close;
  Check(Ann.State = psInitialized, 'it is as it was');
  Ann.Free;
  Seen.Free;
end;

procedure subscribes_to_all_kinds;
var
  Seen: TRecorder;
  Ann: TPusherClient;
  Kind: TPusherChannelKind;
begin
  FreshServer;
  Seen := TRecorder.Create;
  Ann := NewPusher('ann');
  Ann.EncryptionMasterKey := MASTER_KEY;
  Seen.Attach(Ann);
  Ann.WaitFor(Ann.Connect);
  for Kind := Low(TPusherChannelKind) to High(TPusherChannelKind) do
  begin
    Ann.WaitFor(Ann.Subscribe('room', Kind));
    Seen.Wait('subscribe ' + PusherChannelName(Kind, 'room') + ' ');
    Check(Ann.ChannelState[PusherChannelName(Kind, 'room')] = csSubscribed, 'it is subscribed');
    if Kind in [pscCacheChannel, pscPrivateCacheChannel, pscPresenceCacheChannel, pscPrivateEncryptedCacheChannel] then
      Seen.Wait('cache miss ' + PusherChannelName(Kind, 'room'));
  end;
  CheckText('private-encrypted-cache-room', PusherChannelName(pscPrivateEncryptedCacheChannel, 'room'));
  Ann.WaitFor(Ann.UnSubscribe('room', pscPrivateChannel));
  Check(Ann.ChannelState['private-room'] = csNone, 'it is no longer wanted');
  Check(Ann.ChannelState['room'] = csSubscribed, 'the public one still is');
  Ann.WaitFor(Ann.UnSubscribeAll);
  Check(Ann.ChannelState['room'] = csNone, 'none is wanted');
  try
    Ann.Subscribe('private-x', pscPublicChannel);
    Fail('a private channel is no public one');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_CHANNEL, 'private-');
  end;
  Ann.Free;
  Seen.Free;
end;

procedure presence_members_and_client_events;
var
  OfAnn, OfBen: TRecorder;
  Ann, Ben: TPusherClient;
  Members: TPusherMemberArray;
begin
  FreshServer;
  OfAnn := TRecorder.Create;
  OfBen := TRecorder.Create;
  Ann := Connected('ann', OfAnn);
  SubscribeTo(Ann, 'presence-room');
  Ben := Connected('ben', OfBen);
  Ben.WaitFor(Ben.Subscribe('room', pscPresenceChannel));
  OfAnn.Wait('added presence-room ben {"name":"BEN"}');
  Members := Ann.Members['presence-room'];
  Check(Length(Members) = 2, 'there are two');
  CheckText('ann', Members[0].UserId);
  Check(Members[0].IsMe and not Members[1].IsMe, 'ann is herself');
  CheckText('{"name":"BEN"}', Members[1].UserInfo);
  Check(Length(Ann.Members['room']) = 2, 'the bare name will do');

  Ann.Bind('presence-room', 'client-hello', method OfAnn.Bound);
  Ben.WaitFor(Ben.Publish('client-hello', 'presence-room', '{"text":"hi"}'));
  OfAnn.Wait('event client-hello presence-room {"text":"hi"}');
  // Who it was is told to bound handlers.
  OfAnn.Wait('bound client-hello presence-room ben {"text":"hi"}');
  Ann.Publish('typing', 'room', pscPresenceChannel);
  OfBen.Wait('event client-typing presence-room {}');
  Check(OfBen.Count('event client-hello') = 0, 'who publishes does not receive it');

  Ben.Free;
  OfAnn.Wait('removed presence-room ben {"name":"BEN"}');
  Check(Length(Ann.Members['presence-room']) = 1, 'there is one');
  try
    Ann.Publish('x', 'room', '{}');
    Ann.WaitFor(Ann.Publish('x', 'private-encrypted-room', '{}'));
    Fail('there are no client events on encrypted channels');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_FORBIDDEN, 'encrypted');
  end;
  try
    Ann.Members['elsewhere'];
    Fail('it is not subscribed');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_NOT_SUBSCRIBED, 'elsewhere');
  end;
  Check(OfAnn.Foreign + OfBen.Foreign = 0, 'all came on the main thread');
  Ann.Free;
  OfAnn.Free;
  OfBen.Free;
end;

procedure a_user_for_one_channel;
var
  Ann: TPusherClient;
begin
  FreshServer;
  Ann := NewPusher('');
  Ann.WaitFor(Ann.Connect);
  Ann.WaitFor(Ann.Subscribe('room', pscPresenceChannel, '{"user_id":"zoe","user_info":{"age":7}}'));
  CheckText('zoe', Ann.Members['room'][0].UserId);
  CheckText('{"age":7}', Ann.Members['room'][0].UserInfo);
  Ann.Free;
end;

// By an endpoint ----------------------------------------------------------------------------------------------------

function WithEndpoint: TPusherClient;
begin
  Result := NewPusher('');
  Result.Secret := '';
  Result.AuthEndpoint := 'http://127.0.0.1:' + IntToStr(ServerPort) + '/pusher/auth';
  Result.UserAuthEndpoint := 'http://127.0.0.1:' + IntToStr(ServerPort) + '/pusher/user-auth';
  Result.AuthHeaders.Values['Authorization'] := 'Bearer t0ken';
  Result.AuthParams.Values['user_id'] := 'ann';
end;

procedure an_endpoint_authorises;
var
  Seen: TRecorder;
  Ann, Server: TPusherClient;
begin
  FreshServer;
  Order('auth', '{"required_header":["Authorization","Bearer t0ken"]}');
  Seen := TRecorder.Create;
  Ann := WithEndpoint;
  Ann.AuthJSON := True;
  Ann.AuthBatches := True;
  Seen.Attach(Ann);
  Ann.WaitFor(Ann.Connect);
  SubscribeTo(Ann, 'private-a');
  SubscribeTo(Ann, 'presence-a');
  CheckText('ann', Ann.Members['presence-a'][0].UserId);
  Ann.WaitFor(Ann.SignIn);
  Seen.Wait('sign in ann ');

  // The endpoint gives the channel's key, and the server encrypts with the same.
  SubscribeTo(Ann, 'private-encrypted-a');
  Server := NewPusher('server');
  Server.EncryptionMasterKey := MASTER_KEY;
  Server.TriggerEvent('news', 'private-encrypted-a', '{"n":1}');
  Seen.Wait('event news private-encrypted-a {"n":1}');
  Server.Free;

  Order('auth', '{"required_header":["Authorization","another"]}');
  try
    SubscribeTo(Ann, 'private-b');
    Fail('the endpoint refuses');
  except
    on E: EPusher do
    begin
      MustRefuse(E, PUSHER_ERR_AUTH, '403');
      Check(E.Code = 403, 'the code is there');
    end;
  end;
  Seen.Wait('subscription error private-b 403 ');
  Check(Pos('t0ken', Seen.Text) = 0, 'no token is told');
  Ann.Free;
  Seen.Free;
end;

type
  TTokens = class
    Asked: Integer;
    procedure Supply(Sender: TObject; AuthRequest: TPusherAuthRequest; Refused: Boolean; Headers, Params: TStrings);
  end;

procedure TTokens.Supply(Sender: TObject; AuthRequest: TPusherAuthRequest; Refused: Boolean; Headers, Params: TStrings);
begin
  Inc(Asked);
  Check(AuthRequest.SocketId = (Sender as TPusherClient).SocketId, 'the socket id is the connection''s');
  CheckText('presence-a', AuthRequest.Channel);
  if Refused then
    Headers.Values['Authorization'] := 'Bearer fresh'
  else
    Headers.Values['Authorization'] := 'Bearer old';
  Params.Values['user_id'] := 'zoe';
end;

procedure a_fresh_token_after_a_refusal;
var
  Tokens: TTokens;
  Ann: TPusherClient;
begin
  FreshServer;
  Order('auth', '{"required_header":["Authorization","Bearer fresh"]}');
  Tokens := TTokens.Create;
  Ann := WithEndpoint;
  Ann.OnPusherPrepareAuthorization := method Tokens.Supply;
  Ann.WaitFor(Ann.Connect);
  SubscribeTo(Ann, 'presence-a');
  Check(Tokens.Asked = 2, 'it was asked twice');
  CheckText('zoe', Ann.Members['presence-a'][0].UserId);
  Ann.Free;
  Tokens.Free;
end;

// By the program ----------------------------------------------------------------------------------------------------

type
  TAuthorizer = class
    Late: TPusherRequest;
    Socket: string;
    procedure Ask(Sender: TObject; AuthRequest: TPusherAuthRequest; AuthResponse: TPusherAuthResponse);
  end;

procedure TAuthorizer.Ask(Sender: TObject; AuthRequest: TPusherAuthRequest; AuthResponse: TPusherAuthResponse);
begin
  CheckText(KEY, AuthRequest.Key);
  if AuthRequest.Channel = 'private-refused' then
    AuthResponse.Refuse('not for you')
  else if AuthRequest.Channel = 'private-broken' then
    raise EConvertError.Create('broken on order')
  else if AuthRequest.Channel = 'private-late' then
  begin
    Late := AuthRequest.Number;
    Socket := AuthRequest.SocketId;
    AuthResponse.Defer;
  end
  else if AuthRequest.Channel = 'private-nothing' then
    // leaves it as it is: neither a secret nor an answer
  else if AuthRequest.Channel = 'private-wrong' then
    AuthResponse.Auth := KEY + ':0123456789012345678901234567890123456789012345678901234567890123'
  else
    AuthResponse.Secret := APP_SECRET;
end;

procedure MustNotSubscribe(Pusher: TPusherClient; const Channel, Words: string; Status: Integer);
begin
  try
    SubscribeTo(Pusher, Channel);
  except
    on E: EPusher do
    begin
      MustRefuse(E, Status, Words);
      Exit;
    end;
  end;
  Fail(Channel + ' has been subscribed');
end;

procedure the_program_authorises;
var
  Seen: TRecorder;
  Authorizer: TAuthorizer;
  Ann, Server: TPusherClient;
  Auth: string;
  Start: Integer;
  Raised: Boolean;
begin
  FreshServer;
  Seen := TRecorder.Create;
  Authorizer := TAuthorizer.Create;
  Ann := NewPusher('ann');
  Ann.Secret := '';
  Ann.EncryptionMasterKey := MASTER_KEY;
  Seen.Attach(Ann);
  Ann.OnPusherAuthentication := method Authorizer.Ask;
  Ann.WaitFor(Ann.Connect);
  SubscribeTo(Ann, 'private-a');
  SubscribeTo(Ann, 'presence-a');
  CheckText('ann', Ann.Members['presence-a'][0].UserId);
  CheckText('{"name":"ANN"}', Ann.Members['presence-a'][0].UserInfo);
  SubscribeTo(Ann, 'private-encrypted-a');
  Ann.WaitFor(Ann.SignIn);
  Seen.Wait('sign in ann');
  MustNotSubscribe(Ann, 'private-refused', 'not for you', PUSHER_ERR_AUTH);
  MustNotSubscribe(Ann, 'private-nothing', 'neither a secret nor', PUSHER_ERR_AUTH);
  MustNotSubscribe(Ann, 'private-wrong', 'private-wrong', PUSHER_ERR_AUTH);

  Ann.Subscribe('private-late');
  while Authorizer.Late = 0 do
    Ann.ProcessEvents(100);
  Server := NewPusher('server');
  Auth := Server.ChannelAuthorization(Authorizer.Socket, 'private-late');
  CheckText('{"auth":"', Copy(Auth, 1, 9));
  Start := 10;
  Auth := Copy(Auth, Start, Pos('"', Copy(Auth, Start, MaxInt)) - 1);
  Ann.Authorize(Authorizer.Late, Auth);
  Seen.Wait('subscribe private-late');
  Server.Free;

  // An exception in the handler is the program's, and the subscription does not wait in vain.
  Raised := False;
  try
    SubscribeTo(Ann, 'private-broken');
  except
    on E: EConvertError do
      Raised := E.Message = 'broken on order';
  end;
  Check(Raised, 'the handler''s exception arrives');
  Seen.Wait('subscription error private-broken -12 ');
  Ann.Free;
  Authorizer.Free;
  Seen.Free;
end;

procedure a_permission_from_elsewhere;
var
  Ann: TPusherClient;
  JSON: string;
begin
  FreshServer;
  Ann := NewPusher('ann');
  Ann.WaitFor(Ann.Connect);
  JSON := Ann.ChannelAuthorization(Ann.SocketId, 'private-a');
  Ann.WaitFor(Ann.SubscribeWithAuth('private-a', Copy(JSON, 10, Length(KEY) + 65)));
  Check(Ann.ChannelState['private-a'] = csSubscribed, 'it is subscribed');
  Ann.Free;
end;

// Encryption, users, the HTTP API -----------------------------------------------------------------------------------

procedure encrypted_channels;
var
  Seen: TRecorder;
  Ann: TPusherClient;
begin
  FreshServer;
  Seen := TRecorder.Create;
  Ann := NewPusher('ann');
  Ann.EncryptionMasterKey := MASTER_KEY;
  Seen.Attach(Ann);
  Ann.WaitFor(Ann.Connect);
  Ann.WaitFor(Ann.Subscribe('room', pscPrivateEncryptedChannel));
  Ann.TriggerEvent('secret', 'private-encrypted-room', '{"text":"only for us"}');
  Seen.Wait('event secret private-encrypted-room {"text":"only for us"}');
  Check(Pos('only for us', Order('wait', '{"connections":1,"timeout_ms":1}')) = 0, 'the server cannot read it');
  Check(Pos('"ciphertext":"', Ann.Encrypt('private-encrypted-room', 'x')) > 0, 'it is encrypted');
  Order('publish', '{"channel":"private-encrypted-room","event":"e","data":"not encrypted"}');
  Seen.Wait('decryption error private-encrypted-room ');
  Ann.Free;
  Seen.Free;
end;

procedure users;
var
  OfAnn, OfBen: TRecorder;
  Ann, Ben: TPusherClient;
begin
  FreshServer;
  OfAnn := TRecorder.Create;
  OfBen := TRecorder.Create;
  Ann := NewPusher('ann');
  OfAnn.Attach(Ann);
  Ann.UserData := '{"id":"ann","watchlist":["ben"]}';
  Ann.Connect;
  Ann.WaitFor(Ann.SignIn);
  OfAnn.Wait('sign in ann {"id":"ann"');
  Ben := Connected('ben', OfBen);
  Ben.WaitFor(Ben.SignIn);
  OfAnn.Wait('watchlist online ["ben"]');
  Ann.SendToUser('ben', 'hello', '{"from":"ann"}');
  OfBen.Wait('event hello #server-to-user-ben {"from":"ann"}');
  Ann.TerminateUserConnections('ben');
  OfBen.Wait('disconnect 4009');
  OfAnn.Wait('watchlist offline ["ben"]');
  Ann.Free;
  Ben.Free;
  OfAnn.Free;
  OfBen.Free;
end;

procedure the_http_api;
var
  Seen: TRecorder;
  Ann, Wrong: TPusherClient;
begin
  FreshServer;
  Seen := TRecorder.Create;
  Ann := Connected('ann', Seen);
  SubscribeTo(Ann, 'news');
  SubscribeTo(Ann, 'private-orders');
  SubscribeTo(Ann, 'presence-room');
  CheckText('{}', Ann.TriggerEvent('headline', 'news', '{"n":1}'));
  Seen.Wait('event headline news {"n":1}');
  Ann.TriggerEvent('both', ['news', 'private-orders'], '{"n":2}');
  Seen.Wait('event both private-orders {"n":2}');
  Seen.Wait('event both news {"n":2}');
  // Not to this connection; then one that is, to see that the first has not come.
  Ann.TriggerEvent('excluded', 'news', '{}', Ann.SocketId);
  Ann.TriggerBatchEvents([PusherBatchEvent('news', 'first', '{"n":3}'),
    PusherBatchEvent('news', 'second', '{"n":4}')]);
  Seen.Wait('event second news {"n":4}');
  Check(Seen.Count('event first news {"n":3}') = 1, 'both of the batch come');
  Check(Seen.Count('event excluded') = 0, 'it was excluded');
  Check(Pos('"presence-room":{"user_count":1}', Ann.GetChannels('presence-', 'user_count')) > 0,
    'the channel is listed');
  Check(Pos('"occupied":true', Ann.GetChannel('news')) > 0, 'the channel is occupied');
  CheckText('{"users":[{"id":"ann"}]}', Ann.GetUsers('presence-room'));
  // On a public channel publishing goes the same way.
  Ann.WaitFor(Ann.Publish('said', 'news', '{"n":5}'));

  Wrong := NewPusher('wrong');
  Wrong.Secret := 'not-the-right-one';
  try
    Wrong.GetChannels;
    Fail('the secret is wrong');
  except
    on E: EPusher do
    begin
      MustRefuse(E, PUSHER_ERR_AUTH, '401');
      Check(E.Code = 401, 'the code is there');
      Check(Pos('not-the-right-one', E.Message) = 0, 'no secret is told');
    end;
  end;
  Wrong.Close;
  Wrong.AppId := '';
  try
    Wrong.GetChannels;
    Fail('there is no app id');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_AUTH, 'app id');
  end;
  Wrong.Free;
  Ann.Free;
  Seen.Free;
end;

procedure helpers_for_servers;
var
  Server: TPusherClient;
  Body: TBytes;
begin
  Server := TPusherClient.Create(nil);
  Server.Key := '278d425bdf160c739803';
  Server.Secret := '7ad3773142a6692b25b8';
  // The protocol's own example
  CheckText('{"auth":"278d425bdf160c739803:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"}',
    Server.ChannelAuthorization('1234.1234', 'private-foobar'));
  Check(Pos('"user_data":"{\"id\":\"7\"}"', Server.UserAuthorization('1234.1234', '{"id":"7"}')) > 0,
    'the user is in the answer');
  Body := TBytes.Create(Ord('{'), Ord('}'));
  Check(not Server.IsWebhookGenuine(Server.Key, 'f00', Body), 'it is not genuine');
  Check(Server.IsWebhookGenuine(Server.Key,
    '74ed89baf8c7d8bbbd86289e6c912d1581a5766f3ff6b51509c8a905687c1066', Body), 'it is genuine');
  Server.Free;
end;

// What goes wrong ---------------------------------------------------------------------------------------------------

procedure reconnects_and_tells_the_gap;
var
  Seen: TRecorder;
  Ann: TPusherClient;
  Socket: string;
begin
  FreshServer;
  Seen := TRecorder.Create;
  Ann := Connected('ann', Seen);
  SubscribeTo(Ann, 'presence-room');
  Socket := Ann.SocketId;
  Order('close', '{"code":4200,"reason":"on order"}');
  Seen.Wait('disconnect 4200 ');
  Seen.Wait('connect ', 2);
  Seen.Wait('subscribe presence-room', 2);
  Seen.Wait('gap presence-room');
  Check(Ann.SocketId <> Socket, 'it is another connection');
  Order('drop', '{"how":"rst"}');
  Seen.Wait('gap presence-room', 2);
  Order('publish', '{"channel":"presence-room","event":"e","data":"still here"}');
  Seen.Wait('event e presence-room still here');
  Order('error', '{"code":4301,"message":"on order"}');
  Seen.Wait('error 4301 ');
  // For good
  Order('close', '{"code":4001,"reason":"no such app"}');
  Seen.Wait('state 2 5');
  Check(Ann.State = psFailed, 'it has given up');
  Ann.Free;
  Seen.Free;
end;

procedure a_server_that_is_not_there;
var
  Seen: TRecorder;
  Ann: TPusherClient;
begin
  Seen := TRecorder.Create;
  Ann := NewPusher('ann');
  Ann.Port := FreePort;
  Ann.MoreHosts.Add('127.0.0.1:' + IntToStr(Ann.Port));
  Ann.Reconnect.MaxTries := 2;
  Seen.Attach(Ann);
  try
    Ann.WaitFor(Ann.Connect);
    Fail('nobody listens');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_NETWORK, '127.0.0.1');
  end;
  Seen.Wait('error ');
  Check(Ann.State = psFailed, 'it has given up');
  try
    Ann.WaitFor(12345678);
    Fail('there is no such request');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_NOT_FOUND, '');
  end;
  Ann.Free;
  Seen.Free;
end;

procedure options_are_checked;
var
  Ann: TPusherClient;

  procedure MustFail(const Words: string; Status: Integer);
  begin
    try
      Ann.Connect;
    except
      on E: EPusher do
      begin
        MustRefuse(E, Status, Words);
        Ann.Close;
        Exit;
      end;
    end;
    Fail('it connects in spite of ' + Words);
  end;

begin
  Ann := TPusherClient.Create(nil);
  MustFail('key', PUSHER_ERR_ARGUMENT);
  Ann.Key := KEY;
  MustFail('cluster', PUSHER_ERR_ARGUMENT);
  Ann.Cluster := 'eu';
  Ann.Host := 'localhost';
  MustFail('cluster', PUSHER_ERR_ARGUMENT);
  Ann.Cluster := '';
  Ann.Port := 70000;
  MustFail('port', PUSHER_ERR_ARGUMENT);
  Ann.Port := 1;
  Ann.TLSOptions.CAFile := 'no/such/file.pem';
  MustFail('no/such/file.pem', PUSHER_ERR_ARGUMENT);
  Ann.TLSOptions.CAFile := '';
  Ann.TLSOptions.PinnedKeys.Add('sha256/short');
  MustFail('sha256/', PUSHER_ERR_ARGUMENT);
  Ann.TLSOptions.PinnedKeys.Clear;
  Ann.TLSOptions.OldestVersion := tvTLS13;
  Ann.TLSOptions.NewestVersion := tvTLS12;
  MustFail('', PUSHER_ERR_ARGUMENT);
  Ann.TLSOptions.NewestVersion := tvTLS13;
  Ann.Proxy.URL := 'ftp://proxy';
  Check(Ann.Proxy.Kind = pkURL, 'a URL is a proxy');
  MustFail('socks5', PUSHER_ERR_ARGUMENT);
  Ann.Proxy.Kind := pkNone;
  Ann.MoreHosts.Add('example.com:port');
  MustFail('port', PUSHER_ERR_ARGUMENT);
  Ann.MoreHosts.Clear;
  Ann.Timeouts.Connect := -5;
  MustFail('', PUSHER_ERR_ARGUMENT);
  Ann.Timeouts.Connect := 0;
  // All other options, with values that are right
  Ann.Path := '/realtime';
  Ann.MoreHosts.Add('example.com:443');
  Ann.MoreHosts.Add('[::1]:443');
  Ann.MoreHosts.Add('::1');
  Ann.ClientName := 'tester';
  Ann.ClientVersion := '1.2.3';
  Ann.Origin := 'https://example.com';
  Ann.Headers.Values['X-Test'] := 'yes';
  Ann.AuthParams.Values['p'] := 'v';
  Ann.ApiHost := 'localhost';
  Ann.ApiPort := 8080;
  Ann.QueuePolicy := qpDropOldest;
  Ann.OverLimit := olKeepLatest;
  Ann.Limits := plSoketi;
  Ann.LenientNames := True;
  Ann.Timeouts.DNS := 1000;
  Ann.Timeouts.TCP := 1000;
  Ann.Timeouts.Proxy := 1000;
  Ann.Timeouts.TLS := 1000;
  Ann.Timeouts.WebSocket := 1000;
  Ann.Timeouts.KeepAlive := -1;
  Ann.Timeouts.Pong := 1000;
  Ann.Timeouts.Activity := 1000;
  Ann.Timeouts.Subscribe := 1000;
  Ann.Timeouts.Authorization := 1000;
  Ann.Timeouts.Api := 1000;
  Ann.Reconnect.Patience := 1000;
  Ann.Subscribe('a+b'); // no good name for servers that are not lenient
  try
    Ann.Key := 'another';
    Fail('it is in use');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_STATE, 'call Close');
  end;
  try
    Ann.Headers.Add('A=B');
    Fail('it is in use');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_STATE, 'call Close');
  end;
  Ann.Close;
  Ann.Key := 'another';
  Ann.Free;
end;

// As a form's file has it
procedure options_are_stored;
var
  Ann, Read: TPusherClient;
  Stored, Text: TMemoryStream;
  Lines: TStringList;
begin
  Ann := NewPusher('ann');
  Ann.Name := 'Pusher1';
  Ann.DeliverOn := dmThread;
  Ann.Headers.Add('A=B');
  Ann.TLSOptions.PinnedKeys.Add('sha256/x');
  Ann.TLSOptions.OldestVersion := tvTLS13;
  Ann.Proxy.URL := 'http://proxy:3128';
  Ann.Timeouts.Pong := 5000;
  Stored := TMemoryStream.Create;
  Text := TMemoryStream.Create;
  Lines := TStringList.Create;
  Read := TPusherClient.Create(nil);
  Stored.WriteComponent(Ann);
  Stored.Position := 0;
  ObjectBinaryToText(Stored, Text);
  Text.Position := 0;
  Lines.LoadFromStream(Text);
  Check(Pos('Timeouts.Pong = 5000', Lines.Text) > 0, 'the timeout is stored in ' + Lines.Text);
  Check(Pos('QueueCapacity', Lines.Text) = 0, 'what is as ever is not stored');
  Stored.Position := 0;
  Stored.ReadComponent(Read);
  CheckText(KEY, Read.Key);
  Check((Read.Port = ServerPort) and not Read.TLS, 'the server is the same');
  Check(Read.DeliverOn = dmThread, 'the thread is the same');
  CheckText('B', Read.Headers.Values['A']);
  CheckText('sha256/x', Read.TLSOptions.PinnedKeys[0]);
  Check((Read.TLSOptions.OldestVersion = tvTLS13) and (Read.Proxy.Kind = pkURL), 'the options are the same');
  CheckText('http://proxy:3128', Read.Proxy.URL);
  Read.Timeouts := Ann.Timeouts;
  Check(Read.Timeouts.Pong = 5000, 'groups of options can be assigned');
  Ann.Free;
  Read.Free;
  Lines.Free;
  Text.Free;
  Stored.Free;
end;

procedure text_beyond_the_basic_plane;
const
  // A face, a clef, Chinese, an accent, a quote and a line's end, in UTF-16
  FACE: UnicodeString = #$D83D#$DE00;
  OTHERS: UnicodeString = #$D834#$DD1E#$4E2D#$00E9;
var
  Seen: TRecorder;
  Ann, Ben: TPusherClient;
  Text: string;
begin
  FreshServer;
{$IF SizeOf(Char) = 2}
  Text := FACE + OTHERS;
{$ELSE}
  Text := UTF8Encode(FACE + OTHERS);
{$IFEND}
  Seen := TRecorder.Create;
  Ann := NewPusher('ann');
  Ann.UserInfo := '{"name":"' + Text + '"}';
  Seen.Attach(Ann);
  Ann.WaitFor(Ann.Connect);
  SubscribeTo(Ann, 'presence-room');
  CheckText('{"name":"' + Text + '"}', Ann.Members['room'][0].UserInfo);
  Ben := Connected('ben', nil);
  SubscribeTo(Ben, 'presence-room');
  Ben.Publish('client-' + Text, 'presence-room', '{"text":"' + Text + '"}');
  Seen.Wait('event client-' + Text + ' presence-room {"text":"' + Text + '"}');
  Ben.TriggerEvent('e', 'presence-room', Text);
  Seen.Wait('event e presence-room ' + Text);
  // A NUL ends nothing.
  Order('publish', '{"channel":"presence-room","event":"nul","data":"a\u0000b"}');
  Seen.Wait('event nul presence-room a'#0'b');
  Ben.Free;
  Ann.Free;
  Seen.Free;
end;

procedure binding;
var
  Seen, Once: TRecorder;
  Ann: TPusherClient;
  Bound: TPusherBinding;
begin
  FreshServer;
  Seen := TRecorder.Create;
  Once := TRecorder.Create;
  Ann := Connected('ann', nil);
  SubscribeTo(Ann, 'news');
  Ann.Bind('news', 'a', method Once.Bound, [boOnce]);
  Ann.Bind('ne*', '{b,c}', method Seen.Bound, [boPatterns]);
  Bound := Ann.Bind('', '', method Seen.Bound);
  Order('publish', '{"channel":"news","event":"a","data":"1"}');
  Order('publish', '{"channel":"news","event":"a","data":"2"}');
  Order('publish', '{"channel":"news","event":"b","data":"3"}');
  Seen.Wait('bound b news  3', 2);
  Check(Once.Count('bound a news  1') = 1, 'it was called');
  Check(Once.Count('') = 1, 'it was called once');
  Ann.Unbind(Bound);
  Order('publish', '{"channel":"news","event":"a","data":"4"}');
  Order('publish', '{"channel":"news","event":"c","data":"5"}');
  Seen.Wait('bound c news  5');
  Check(Seen.Count('bound a news  4') = 0, 'it was not called any more');
  try
    Ann.Unbind(Bound);
    Fail('it is not bound any more');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_NOT_FOUND, '');
  end;
  try
    Ann.Bind('[', '', method Seen.Bound, [boPatterns]);
    Fail('it is no pattern');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_ARGUMENT, 'pattern');
  end;
  Ann.Free;
  Once.Free;
  Seen.Free;
end;

procedure counts_of_subscriptions;
var
  Seen: TRecorder;
  Ann: TPusherClient;
begin
  FreshServer;
  Order('app', '{"subscription_count":true}');
  Seen := TRecorder.Create;
  Ann := Connected('ann', Seen);
  SubscribeTo(Ann, 'news');
  Seen.Wait('count news 1');
  Ann.Free;
  Seen.Free;
  Order('app', '{"subscription_count":false}');
end;

procedure a_slow_program_is_told_what_was_dropped;
var
  Seen: TRecorder;
  Ann: TPusherClient;
begin
  FreshServer;
  Seen := TRecorder.Create;
  Ann := NewPusher('ann');
  Ann.QueueCapacity := 16;
  Ann.QueuePolicy := qpDropNewest;
  Seen.Attach(Ann);
  Ann.WaitFor(Ann.Connect);
  SubscribeTo(Ann, 'news');
  Order('flood', '{"channel":"news","event":"e","data":"x","count":1000}');
  // Nothing is asked for until some are gone.
  while Ann.Dropped = 0 do
    ThreadSwitch;
  Seen.Wait('dropped ');
  Ann.Free;
  Seen.Free;
end;

type
  TConfigurer = class
    procedure Configure(Sender: TObject; Config: Ppusher_config);
  end;

procedure TConfigurer.Configure(Sender: TObject; Config: Ppusher_config);
begin
  Check(pusher_config_set_custom_limits(Config, 20, 20, 20, 0) = PUSHER_OK, 'what has no property can be set');
end;

procedure the_raw_functions_are_within_reach;
var
  Configurer: TConfigurer;
  Ann: TPusherClient;
begin
  FreshServer;
  Configurer := TConfigurer.Create;
  Ann := NewPusher('ann');
  Ann.OnPusherConfigure := method Configurer.Configure;
  Ann.WaitFor(Ann.Connect);
  Check(pusher_client_state(Ann.Handle) = PUSHER_STATE_CONNECTED, 'the handle is the client''s');
  try
    Ann.Subscribe('a-name-with-more-than-20-bytes');
    Fail('the name is too long');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_CHANNEL, '20');
  end;
  Ann.Free;
  Configurer.Free;
end;

begin
  LoadPusherWS(GetEnvironmentVariable('PUSHERWS_LIBRARY'));
  StartServer;
  Test('connects_and_disconnects', @connects_and_disconnects);
  Test('subscribes_to_all_kinds', @subscribes_to_all_kinds);
  Test('presence_members_and_client_events', @presence_members_and_client_events);
  Test('a_user_for_one_channel', @a_user_for_one_channel);
  Test('an_endpoint_authorises', @an_endpoint_authorises);
  Test('a_fresh_token_after_a_refusal', @a_fresh_token_after_a_refusal);
  Test('the_program_authorises', @the_program_authorises);
  Test('a_permission_from_elsewhere', @a_permission_from_elsewhere);
  Test('encrypted_channels', @encrypted_channels);
  Test('users', @users);
  Test('the_http_api', @the_http_api);
  Test('helpers_for_servers', @helpers_for_servers);
  Test('reconnects_and_tells_the_gap', @reconnects_and_tells_the_gap);
  Test('a_server_that_is_not_there', @a_server_that_is_not_there);
  Test('options_are_checked', @options_are_checked);
  Test('options_are_stored', @options_are_stored);
  Test('text_beyond_the_basic_plane', @text_beyond_the_basic_plane);
  Test('binding', @binding);
  Test('counts_of_subscriptions', @counts_of_subscriptions);
  Test('a_slow_program_is_told_what_was_dropped', @a_slow_program_is_told_what_was_dropped);
  Test('the_raw_functions_are_within_reach', @the_raw_functions_are_within_reach);
  StopServer;
end.
