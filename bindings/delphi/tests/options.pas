// The properties of TPusherClient: what they refuse, how a form stores them, and what text they carry.
program options;

{$H+}
{$MACRO ON}
{$IFDEF FPC_OBJFPC}{$DEFINE method:=@}{$ELSE}{$DEFINE method:=}{$ENDIF}

uses
  {$IFDEF UNIX}cthreads, cwstring,{$ENDIF} Classes, SysUtils, PusherWS, PusherWS.Api, PusherTesting;

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

type
  THandlers = class
    procedure Authenticate(Sender: TObject; AuthRequest: TPusherAuthRequest; AuthResponse: TPusherAuthResponse);
    procedure Prepare(Sender: TObject; AuthRequest: TPusherAuthRequest; Refused: Boolean; Headers, Params: TStrings);
    procedure Configure(Sender: TObject; Config: Ppusher_config);
  end;

procedure THandlers.Authenticate(Sender: TObject; AuthRequest: TPusherAuthRequest; AuthResponse: TPusherAuthResponse);
begin
end;

procedure THandlers.Prepare(Sender: TObject; AuthRequest: TPusherAuthRequest; Refused: Boolean; Headers,
  Params: TStrings);
begin
end;

procedure THandlers.Configure(Sender: TObject; Config: Ppusher_config);
begin
end;

procedure handlers_that_would_not_be_called_are_refused;
var
  Handlers: THandlers;
  Ann: TPusherClient;
  Which: Integer;

  procedure Assign;
  begin
    case Which of
      1: Ann.OnPusherAuthentication := method Handlers.Authenticate;
      2: Ann.OnPusherPrepareAuthorization := method Handlers.Prepare;
      3: Ann.OnPusherConfigure := method Handlers.Configure;
    end;
  end;

  procedure MustRefuseIt;
  begin
    try
      Assign;
    except
      on E: EPusher do
      begin
        MustRefuse(E, PUSHER_ERR_STATE, 'call Close');
        Exit;
      end;
    end;
    Fail('it would not be called');
  end;

begin
  Handlers := THandlers.Create;
  Ann := NewPusher('ann');
  for Which := 1 to 3 do
  begin
    Ann.Subscribe('private-a');
    MustRefuseIt;
    Ann.Close;
    Assign;
    Ann.Subscribe('private-a');
    // Another one
    Assign;
    // And none
    Ann.OnPusherAuthentication := nil;
    Ann.OnPusherPrepareAuthorization := nil;
    Ann.OnPusherConfigure := nil;
    Ann.Close;
  end;
  Ann.Free;
  Handlers.Free;
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

procedure a_proxy_that_is_switched_off_stays_so;
var
  Ann, Read: TPusherClient;
  Stored: TMemoryStream;
  Kind: TPusherProxyKind;
begin
  for Kind := Low(Kind) to High(Kind) do
  begin
    Ann := NewPusher('ann');
    Ann.Proxy.URL := 'http://proxy:3128';
    Ann.Proxy.Kind := Kind;
    Stored := TMemoryStream.Create;
    Stored.WriteComponent(Ann);
    Stored.Position := 0;
    Read := TPusherClient.Create(nil);
    Stored.ReadComponent(Read);
    Check(Read.Proxy.Kind = Kind, 'the kind is the same');
    CheckText('http://proxy:3128', Read.Proxy.URL);
    Read.Free;
    Stored.Free;
    Ann.Free;
  end;
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

begin
  LoadPusherWS(GetEnvironmentVariable('PUSHERWS_LIBRARY'));
  StartServer;
  Test('options_are_checked', @options_are_checked);
  Test('handlers_that_would_not_be_called_are_refused', @handlers_that_would_not_be_called_are_refused);
  Test('options_are_stored', @options_are_stored);
  Test('a_proxy_that_is_switched_off_stays_so', @a_proxy_that_is_switched_off_stays_so);
  Test('text_beyond_the_basic_plane', @text_beyond_the_basic_plane);
  StopServer;
end.
