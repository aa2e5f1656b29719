// Who may do what: by an endpoint, by the program, by the secret. Encryption, users, and what servers ask of each other.
program authorizing;

{$H+}
{$MACRO ON}
{$IFDEF FPC_OBJFPC}{$DEFINE method:=@}{$ELSE}{$DEFINE method:=}{$ENDIF}

uses
  {$IFDEF UNIX}cthreads, cwstring,{$ENDIF} Classes, SysUtils, PusherWS, PusherWS.Api, PusherTesting;

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

type
  // Signs by the secret, whoever it is for
  TSigner = class
    Users: TStringList;
    constructor Create;
    destructor Destroy; override;
    procedure Sign(Sender: TObject; AuthRequest: TPusherAuthRequest; AuthResponse: TPusherAuthResponse);
  end;

constructor TSigner.Create;
begin
  Users := TStringList.Create;
end;

destructor TSigner.Destroy;
begin
  Users.Free;
  inherited;
end;

procedure TSigner.Sign(Sender: TObject; AuthRequest: TPusherAuthRequest; AuthResponse: TPusherAuthResponse);
begin
  Check(AuthRequest.IsSignIn = (AuthRequest.Channel = ''), 'it is a sign-in, or about a channel');
  Check(AuthRequest.Channels.Count = 1 - Ord(AuthRequest.IsSignIn), 'it is about one channel, or none');
  CheckText(AuthRequest.ChannelData, AuthResponse.ChannelData);
  Users.Add(AuthRequest.Channel + ' ' + AuthRequest.ChannelData);
  AuthResponse.Secret := APP_SECRET;
end;

procedure the_program_authorises_the_user_of_a_channel;
const
  ZOE = '{"user_id":"zoe","user_info":{"age":7}}';
var
  Signer: TSigner;
  Ann: TPusherClient;
  Delivery: TPusherDelivery;
begin
  FreshServer;
  for Delivery := Low(Delivery) to High(Delivery) do
  begin
    Signer := TSigner.Create;
    Ann := NewPusher('ann');
    Ann.Secret := '';
    Ann.DeliverOn := Delivery;
    Ann.OnPusherAuthentication := method Signer.Sign;
    Ann.WaitFor(Ann.Connect);
    Ann.WaitFor(Ann.Subscribe('room', pscPresenceChannel, ZOE));
    CheckText('zoe', Ann.Members['room'][0].UserId);
    CheckText('{"age":7}', Ann.Members['room'][0].UserInfo);
    CheckText('presence-room ' + ZOE, Signer.Users[0]);
    // The others as ever, and this one, too, when it is subscribed anew
    Ann.WaitFor(Ann.Subscribe('hall', pscPresenceChannel));
    CheckText('ann', Ann.Members['hall'][0].UserId);
    Ann.WaitFor(Ann.UnSubscribe('room', pscPresenceChannel));
    SubscribeTo(Ann, 'presence-room');
    CheckText('ann', Ann.Members['room'][0].UserId);
    Ann.WaitFor(Ann.SignIn);
    Check(Signer.Users.Count = 4, 'it was asked each time');
    Ann.Free;
    Signer.Free;
  end;
  // Without a user of the component's own
  Signer := TSigner.Create;
  Ann := NewPusher('');
  Ann.OnPusherAuthentication := method Signer.Sign;
  Ann.WaitFor(Ann.Connect);
  Ann.WaitFor(Ann.Subscribe('room', pscPresenceChannel, ZOE));
  // It stays so after a loss.
  Order('close', '{"code":4200}');
  while Signer.Users.Count < 2 do
    Ann.ProcessEvents(100);
  CheckText('presence-room ' + ZOE, Signer.Users[1]);
  Ann.Free;
  Signer.Free;
end;

type
  TBatchTokens = class
    Asked: TStringList;
    procedure Supply(Sender: TObject; AuthRequest: TPusherAuthRequest; Refused: Boolean; Headers, Params: TStrings);
  end;

procedure TBatchTokens.Supply(Sender: TObject; AuthRequest: TPusherAuthRequest; Refused: Boolean; Headers,
  Params: TStrings);
begin
  Check(AuthRequest.IsSignIn = (AuthRequest.Channels.Count = 0), 'a sign-in is about no channel');
  Asked.AddStrings(AuthRequest.Channels);
end;

procedure a_batch_names_its_channels;
var
  Tokens: TBatchTokens;
  Ann: TPusherClient;
begin
  FreshServer;
  Tokens := TBatchTokens.Create;
  Tokens.Asked := TStringList.Create;
  Ann := WithEndpoint;
  Ann.AuthBatches := True;
  Ann.OnPusherPrepareAuthorization := method Tokens.Supply;
  Ann.Subscribe('private-a');
  Ann.Subscribe('private-b');
  Ann.Subscribe('private-c');
  Ann.WaitFor(Ann.Connect);
  SubscribeTo(Ann, 'private-a');
  SubscribeTo(Ann, 'private-b');
  SubscribeTo(Ann, 'private-c');
  Tokens.Asked.Sort;
  CheckText('private-a,private-b,private-c', Tokens.Asked.CommaText);
  Ann.WaitFor(Ann.SignIn);
  Ann.Free;
  Tokens.Asked.Free;
  Tokens.Free;
end;

type
  // For what is asked for when the component is being closed already
  TLatecomer = class
    Asked: Integer;
    procedure Sign(Sender: TObject; AuthRequest: TPusherAuthRequest; AuthResponse: TPusherAuthResponse);
    procedure Supply(Sender: TObject; AuthRequest: TPusherAuthRequest; Refused: Boolean; Headers, Params: TStrings);
    procedure Decide(const Channel: string);
  end;

procedure TLatecomer.Decide(const Channel: string);
begin
  Inc(Asked);
  if Channel = 'private-broken' then
    raise EConvertError.Create('broken on order');
end;

procedure TLatecomer.Sign(Sender: TObject; AuthRequest: TPusherAuthRequest; AuthResponse: TPusherAuthResponse);
begin
  Decide(AuthRequest.Channel);
  if AuthRequest.Channel = 'private-refused' then
    AuthResponse.Refuse
  else
    AuthResponse.Secret := APP_SECRET;
end;

procedure TLatecomer.Supply(Sender: TObject; AuthRequest: TPusherAuthRequest; Refused: Boolean; Headers,
  Params: TStrings);
begin
  Decide(AuthRequest.Channel);
end;

procedure closed_while_somebody_is_asked;
const
  CHANNELS: array[0..2] of string = ('private-a', 'private-refused', 'private-broken');
var
  Latecomer: TLatecomer;
  Ann: TPusherClient;
  Way, I: Integer;
  Raised: string;
begin
  FreshServer;
  for Way := 1 to 2 do
    for I := 0 to High(CHANNELS) do
    begin
      Latecomer := TLatecomer.Create;
      if Way = 1 then
      begin
        Ann := NewPusher('ann');
        Ann.OnPusherAuthentication := method Latecomer.Sign;
      end
      else
      begin
        Ann := WithEndpoint;
        Ann.OnPusherPrepareAuthorization := method Latecomer.Supply;
      end;
      Ann.WaitFor(Ann.Connect);
      while Ann.ProcessEvents > 0 do
        ;
      Ann.Subscribe(CHANNELS[I]);
      WaitUntilQueued(Ann, 1);
      Raised := '';
      try
        Ann.Close;
      except
        on E: Exception do
          Raised := E.Message;
      end;
      Check(Latecomer.Asked = 1, 'it was asked');
      // The program's own exception arrives; that it is too late does not matter to anybody.
      if CHANNELS[I] = 'private-broken' then
        CheckText('broken on order', Raised)
      else
        CheckText('', Raised);
      Ann.Free;
      Latecomer.Free;
    end;
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

begin
  LoadPusherWS(GetEnvironmentVariable('PUSHERWS_LIBRARY'));
  StartServer;
  Test('an_endpoint_authorises', @an_endpoint_authorises);
  Test('a_fresh_token_after_a_refusal', @a_fresh_token_after_a_refusal);
  Test('the_program_authorises', @the_program_authorises);
  Test('the_program_authorises_the_user_of_a_channel', @the_program_authorises_the_user_of_a_channel);
  Test('a_batch_names_its_channels', @a_batch_names_its_channels);
  Test('closed_while_somebody_is_asked', @closed_while_somebody_is_asked);
  Test('a_permission_from_elsewhere', @a_permission_from_elsewhere);
  Test('encrypted_channels', @encrypted_channels);
  Test('users', @users);
  Test('the_http_api', @the_http_api);
  Test('helpers_for_servers', @helpers_for_servers);
  StopServer;
end.
