// What the Pascal tests share: checks, a server of their own, orders to it, and a recorder of events. Free Pascal only.
unit PusherTesting;

{$IFDEF PUSHERWS_UNICODE}{$MODE DELPHIUNICODE}{$ELSE}{$MODE DELPHI}{$ENDIF}

interface

uses
  Classes, SysUtils, SyncObjs, Process, PusherWS, PusherWS.Api;

const
  PATIENCE_MS = 20000;
  KEY = 'app-key';
  APP_SECRET = 'app-secret';
  // Of which the embedded server's endpoints make the keys of encrypted channels
  MASTER_KEY = 'ZGV2c2VydmVyLW1hc3Rlci1rZXktb2YtMzItYnl0ZXM=';

type
  TTest = procedure;

// Ends the program at once: a test that goes on after a failure tells nothing
procedure Fail(const Text: string);
procedure Check(Condition: Boolean; const Text: string);
procedure CheckText(const Expected, Got: string);
// No text that the library gives may hold a secret
procedure CheckNoSecret(const Text: string);

// Runs a test, where the command line names it or names none
procedure Test(const Name: string; Run: TTest);

// The embedded server, in a process that ends with this one
procedure StartServer;
procedure StopServer;
function ServerPort: Integer;
// POST /_dev/...; what it answers
function Order(const Call, Body: string): string;
// A server as it was at the beginning
procedure FreshServer;

// A server of the program's own that has ended leaves its port to the next: so programs that need one ask several times
function FreePort: Integer;
// Starts a process whose standard input stays open until it is freed; waits for this text in its output
function StartProcess(const Command: string; const Arguments: array of string; const Ready: string): TProcess;

type
  // Notes every event of a client as a line: what happened, and the texts
  TRecorder = class
  private
    FLock: TCriticalSection;
    FNoted: TEvent;
    FLines: TStringList;
    FForeign: Integer;
    procedure Connected(Sender: TObject; const SocketId: string; Timeout: Integer);
    procedure Disconnected(Sender: TObject; Code: Integer; const Text: string);
    procedure StateChanged(Sender: TObject; Previous, Current: TPusherState);
    procedure ErrorCame(Sender: TObject; Code: Integer; const Text: string);
    procedure EventCame(Sender: TObject; const Event, Channel, Data: string);
    procedure Subscribed(Sender: TObject; const Channel, Data: string);
    procedure SubscriptionFailed(Sender: TObject; const Channel: string; Code: Integer; const Text: string);
    procedure CacheMissed(Sender: TObject; const Channel: string);
    procedure MemberCame(Sender: TObject; const Channel, UserId, UserInfo: string);
    procedure MemberWent(Sender: TObject; const Channel, UserId, UserInfo: string);
    procedure Counted(Sender: TObject; const Channel: string; Number: Int64);
    procedure SignedIn(Sender: TObject; const UserId, UserData: string);
    procedure SignInFailed(Sender: TObject; Code: Integer; const Text: string);
    procedure Watched(Sender: TObject; Online: Boolean; const UserIds: string);
    procedure NotDecrypted(Sender: TObject; const Channel, Data: string);
    procedure Missed(Sender: TObject; const Channel: string; Number: Int64);
    procedure WereDropped(Sender: TObject; Number: Int64);
    procedure Completed(Sender: TObject; const Event: TPusherEvent);
    procedure Logged(Sender: TObject; const Text: string);
  public
    constructor Create;
    destructor Destroy; override;
    procedure Attach(Pusher: TPusherClient);
    procedure Note(const Line: string);
    // For Bind
    procedure Bound(Sender: TObject; const Event: TPusherEvent);
    // How many lines begin so
    function Count(const Beginning: string): Integer;
    // The last line that begins so, without the beginning
    function Last(const Beginning: string): string;
    // Lets the main thread serve what is queued until there are so many
    procedure Wait(const Beginning: string; Wanted: Integer = 1);
    procedure Forget;
    function Text: string;
    // How many events came on another thread than the main one
    property Foreign: Integer read FForeign;
  end;

// For the server, as this user, and not yet connected
function NewPusher(const User: string): TPusherClient;
function Connected(const User: string; Recorder: TRecorder): TPusherClient;
procedure SubscribeTo(Pusher: TPusherClient; const Channel: string);
// Waits until so many events can be asked for, and nobody has asked yet
procedure WaitUntilQueued(Pusher: TPusherClient; Wanted: Cardinal);
// What the library says when this is not possible
procedure MustRefuse(E: Exception; Status: Integer; const Words: string);

implementation

uses
  Sockets, fphttpclient;

var
{$IFDEF MSWINDOWS}
  Keeper: TSocket;
{$ELSE}
  Server: TProcess;
{$ENDIF}
  Port: Integer;

procedure Fail(const Text: string);
begin
  WriteLn(StdErr, 'FAILED: ', Text);
  Dump_Stack(StdErr, get_frame);
  Halt(1);
end;

procedure Check(Condition: Boolean; const Text: string);
begin
  if not Condition then
    Fail('not true: ' + Text);
end;

procedure CheckText(const Expected, Got: string);
begin
  if Expected <> Got then
    Fail('expected "' + Expected + '" and got "' + Got + '"');
end;

procedure CheckNoSecret(const Text: string);
begin
  Check(Pos(APP_SECRET, Text) = 0, 'no secret in: ' + Text);
  Check(Pos(MASTER_KEY, Text) = 0, 'no master key in: ' + Text);
end;

procedure Test(const Name: string; Run: TTest);
begin
  if (ParamCount > 0) and (string(ParamStr(1)) <> Name) then
    Exit;
  try
    Run;
  except
    on E: Exception do
    begin
      WriteLn(StdErr, Name, ' raised ', E.ClassName, ': ', E.Message);
      DumpExceptionBackTrace(StdErr);
      Halt(1);
    end;
  end;
  WriteLn('ok ', StringReplace(Name, '_', ' ', [rfReplaceAll]));
  Flush(Output);
end;

function StartProcess(const Command: string; const Arguments: array of string; const Ready: string): TProcess;
var
  I: Integer;
  Output: AnsiString;
  Byte: AnsiChar;
begin
  Result := TProcess.Create(nil);
  Result.Executable := Command;
  for I := 0 to High(Arguments) do
    Result.Parameters.Add(Arguments[I]);
  Result.Options := [poUsePipes];
  Result.Execute;
  Output := '';
  // Byte by byte: a read of more waits for more
  while Result.Output.Read(Byte, 1) = 1 do
  begin
    Output := Output + Byte;
    if (Byte = #10) and (Pos(AnsiString(Ready), Output) > 0) then
      Exit;
  end;
  WriteLn(StdErr, Output);
  FreeAndNil(Result);
end;

{$IFDEF MSWINDOWS}
// The server is a program for Linux. tests/windows/keeper.py starts one for each connection, says its port, and ends it
// with the connection, however this process ends.
procedure StartServer;
var
  Address: TInetSockAddr;
  Line: AnsiString;
  Byte: AnsiChar;
begin
  FillChar(Address, SizeOf(Address), 0);
  Address.sin_family := AF_INET;
  Address.sin_port := htons(StrToInt(GetEnvironmentVariable('PUSHERWS_KEEPER')));
  Address.sin_addr.s_addr := htonl($7F000001);
  Keeper := fpSocket(AF_INET, SOCK_STREAM, 0);
  Check(fpConnect(Keeper, @Address, SizeOf(Address)) = 0, 'the keeper of PUSHERWS_KEEPER is there');
  Line := '';
  Byte := #0;
  while (Byte <> #10) and (fpRecv(Keeper, @Byte, 1, 0) = 1) do
    Line := Line + Byte;
  Check(Byte = #10, 'the server starts');
  Port := StrToInt(Copy(string(Line), 1, Pos(' ', string(Line)) - 1));
end;

procedure StopServer;
var
  Byte: AnsiChar;
begin
  fpShutdown(Keeper, 1);
  // The keeper closes its side when the server has ended
  Check(fpRecv(Keeper, @Byte, 1, 0) = 0, 'the server ends');
  CloseSocket(Keeper);
end;
{$ELSE}
procedure StartServer;
var
  Name: string;
  Lines: TStringList;
begin
  Name := GetTempDir + 'pusherws-port-' + IntToStr(GetProcessID);
  Server := StartProcess(GetEnvironmentVariable('PUSHERWS_DEVSERVER'),
    ['--port', '0', '--port-file', Name, '--exit-with-stdin'], 'listening on');
  Check(Server <> nil, 'the server of PUSHERWS_DEVSERVER starts');
  Lines := TStringList.Create;
  try
    Lines.LoadFromFile(Name);
    Port := StrToInt(Trim(Lines.Text));
  finally
    Lines.Free;
  end;
  DeleteFile(Name);
end;

procedure StopServer;
begin
  Server.CloseInput;
  Server.WaitOnExit;
  FreeAndNil(Server);
end;
{$ENDIF}

function ServerPort: Integer;
begin
  Result := Port;
end;

function Order(const Call, Body: string): string;
var
  HTTP: TFPHTTPClient;
  Sent: TMemoryStream;
  Bytes: AnsiString;
begin
  HTTP := TFPHTTPClient.Create(nil);
  Sent := TMemoryStream.Create;
  try
    Bytes := AnsiString(Body);
    Sent.Write(PAnsiChar(Bytes)^, Length(Bytes));
    Sent.Position := 0;
    HTTP.RequestBody := Sent;
    HTTP.AddHeader('Content-Type', 'application/json');
    Result := HTTP.Post('http://127.0.0.1:' + IntToStr(Port) + '/_dev/' + Call);
    Check(HTTP.ResponseStatusCode = 200, Call + ' ' + Body + ' is answered ' + IntToStr(HTTP.ResponseStatusCode) + ' '
      + Result);
  finally
    Sent.Free;
    HTTP.Free;
  end;
end;

procedure FreshServer;
begin
  Order('reset', '{}');
  Order('auth', '{}');
end;

function FreePort: Integer;
var
  Socket: TSocket;
  Address: TInetSockAddr;
  Length: TSockLen;
begin
  Socket := fpSocket(AF_INET, SOCK_STREAM, 0);
  FillChar(Address, SizeOf(Address), 0);
  Address.sin_family := AF_INET;
  Address.sin_addr.s_addr := htonl($7F000001);
  Length := SizeOf(Address);
  Check(fpBind(Socket, @Address, Length) = 0, 'a port is free');
  Check(fpGetSockName(Socket, @Address, @Length) = 0, 'the port is known');
  Result := ntohs(Address.sin_port);
  CloseSocket(Socket);
end;

constructor TRecorder.Create;
begin
  FLock := TCriticalSection.Create;
  FNoted := TEvent.Create(nil, False, False, '');
  FLines := TStringList.Create;
end;

destructor TRecorder.Destroy;
begin
  FLines.Free;
  FNoted.Free;
  FLock.Free;
  inherited;
end;

procedure TRecorder.Attach(Pusher: TPusherClient);
begin
  Pusher.OnPusherConnect := Connected;
  Pusher.OnPusherDisconnect := Disconnected;
  Pusher.OnPusherStateChange := StateChanged;
  Pusher.OnPusherError := ErrorCame;
  Pusher.OnPusherEvent := EventCame;
  Pusher.OnPusherSubscribe := Subscribed;
  Pusher.OnPusherSubscriptionError := SubscriptionFailed;
  Pusher.OnPusherCacheMiss := CacheMissed;
  Pusher.OnPusherMemberAdded := MemberCame;
  Pusher.OnPusherMemberRemoved := MemberWent;
  Pusher.OnPusherSubscriptionCount := Counted;
  Pusher.OnPusherSignIn := SignedIn;
  Pusher.OnPusherSignInError := SignInFailed;
  Pusher.OnPusherWatchlist := Watched;
  Pusher.OnPusherDecryptionError := NotDecrypted;
  Pusher.OnPusherGap := Missed;
  Pusher.OnPusherDropped := WereDropped;
  Pusher.OnPusherCompleted := Completed;
  Pusher.OnPusherLog := Logged;
end;

procedure TRecorder.Note(const Line: string);
begin
  CheckNoSecret(Line);
  FLock.Enter;
  try
    FLines.Add(Line);
    if GetCurrentThreadId <> MainThreadID then
      Inc(FForeign);
  finally
    FLock.Leave;
  end;
  FNoted.SetEvent;
end;

procedure TRecorder.Connected(Sender: TObject; const SocketId: string; Timeout: Integer);
begin
  Note('connect ' + IntToStr(Timeout) + ' ' + SocketId);
end;

procedure TRecorder.Disconnected(Sender: TObject; Code: Integer; const Text: string);
begin
  Note('disconnect ' + IntToStr(Code) + ' ' + Text);
end;

procedure TRecorder.StateChanged(Sender: TObject; Previous, Current: TPusherState);
begin
  Note('state ' + IntToStr(Ord(Previous)) + ' ' + IntToStr(Ord(Current)));
end;

procedure TRecorder.ErrorCame(Sender: TObject; Code: Integer; const Text: string);
begin
  Note('error ' + IntToStr(Code) + ' ' + Text);
end;

procedure TRecorder.EventCame(Sender: TObject; const Event, Channel, Data: string);
begin
  Note('event ' + Event + ' ' + Channel + ' ' + Data);
end;

procedure TRecorder.Subscribed(Sender: TObject; const Channel, Data: string);
begin
  Note('subscribe ' + Channel + ' ' + Data);
end;

procedure TRecorder.SubscriptionFailed(Sender: TObject; const Channel: string; Code: Integer; const Text: string);
begin
  Note('subscription error ' + Channel + ' ' + IntToStr(Code) + ' ' + Text);
end;

procedure TRecorder.CacheMissed(Sender: TObject; const Channel: string);
begin
  Note('cache miss ' + Channel);
end;

procedure TRecorder.MemberCame(Sender: TObject; const Channel, UserId, UserInfo: string);
begin
  Note('added ' + Channel + ' ' + UserId + ' ' + UserInfo);
end;

procedure TRecorder.MemberWent(Sender: TObject; const Channel, UserId, UserInfo: string);
begin
  Note('removed ' + Channel + ' ' + UserId + ' ' + UserInfo);
end;

procedure TRecorder.Counted(Sender: TObject; const Channel: string; Number: Int64);
begin
  Note('count ' + Channel + ' ' + IntToStr(Number));
end;

procedure TRecorder.SignedIn(Sender: TObject; const UserId, UserData: string);
begin
  Note('sign in ' + UserId + ' ' + UserData);
end;

procedure TRecorder.SignInFailed(Sender: TObject; Code: Integer; const Text: string);
begin
  Note('sign in error ' + IntToStr(Code) + ' ' + Text);
end;

procedure TRecorder.Watched(Sender: TObject; Online: Boolean; const UserIds: string);
begin
  Note('watchlist ' + BoolToStr(Online, 'online', 'offline') + ' ' + UserIds);
end;

procedure TRecorder.NotDecrypted(Sender: TObject; const Channel, Data: string);
begin
  Note('decryption error ' + Channel + ' ' + Data);
end;

procedure TRecorder.Missed(Sender: TObject; const Channel: string; Number: Int64);
begin
  Check(Number >= 0, 'a gap has a length');
  Note('gap ' + Channel);
end;

procedure TRecorder.WereDropped(Sender: TObject; Number: Int64);
begin
  Note('dropped ' + IntToStr(Number));
end;

procedure TRecorder.Completed(Sender: TObject; const Event: TPusherEvent);
begin
  Note('completed ' + IntToStr(Event.Request) + ' ' + IntToStr(Event.Status) + ' ' + IntToStr(Event.Code) + ' '
    + Event.Data);
end;

procedure TRecorder.Logged(Sender: TObject; const Text: string);
begin
  Note('log ' + Text);
end;

procedure TRecorder.Bound(Sender: TObject; const Event: TPusherEvent);
begin
  Note('bound ' + Event.Name + ' ' + Event.Channel + ' ' + Event.UserId + ' ' + Event.Data);
end;

function TRecorder.Count(const Beginning: string): Integer;
var
  I: Integer;
begin
  Result := 0;
  FLock.Enter;
  try
    for I := 0 to FLines.Count - 1 do
      if Copy(string(FLines[I]), 1, Length(Beginning)) = Beginning then
        Inc(Result);
  finally
    FLock.Leave;
  end;
end;

function TRecorder.Last(const Beginning: string): string;
var
  I: Integer;
begin
  FLock.Enter;
  try
    for I := FLines.Count - 1 downto 0 do
      if Copy(string(FLines[I]), 1, Length(Beginning)) = Beginning then
        Exit(Copy(string(FLines[I]), Length(Beginning) + 1, MaxInt));
  finally
    FLock.Leave;
  end;
  Fail('nothing begins with "' + Beginning + '" in' + LineEnding + Text);
end;

procedure TRecorder.Wait(const Beginning: string; Wanted: Integer);
var
  Deadline: TDateTime;
begin
  Deadline := Now + PATIENCE_MS / MSecsPerDay;
  while Count(Beginning) < Wanted do
  begin
    if Now > Deadline then
      Fail('"' + Beginning + '" did not come ' + IntToStr(Wanted) + ' times; what came:' + LineEnding + Text);
    // Either is what brings events; the other one's time is short
    CheckSynchronize(20);
    FNoted.WaitFor(1);
  end;
end;

procedure TRecorder.Forget;
begin
  FLock.Enter;
  try
    FLines.Clear;
  finally
    FLock.Leave;
  end;
end;

function TRecorder.Text: string;
begin
  FLock.Enter;
  try
    Result := FLines.Text;
  finally
    FLock.Leave;
  end;
end;

function NewPusher(const User: string): TPusherClient;
begin
  Result := TPusherClient.Create(nil);
  Result.Key := KEY;
  Result.Host := '127.0.0.1';
  Result.Port := Port;
  Result.TLS := False;
  Result.Secret := APP_SECRET;
  Result.AppId := 'app-id';
  if User <> '' then
  begin
    Result.UserId := User;
    Result.UserInfo := '{"name":"' + UpperCase(User) + '"}';
    Result.UserData := '{"id":"' + User + '"}';
  end;
  Result.Proxy.Kind := pkNone;
  Result.Reconnect.FirstDelay := 1;
  Result.Reconnect.LongestDelay := 20;
end;

function Connected(const User: string; Recorder: TRecorder): TPusherClient;
begin
  Result := NewPusher(User);
  if Recorder <> nil then
    Recorder.Attach(Result);
  Result.WaitFor(Result.Connect);
end;

procedure SubscribeTo(Pusher: TPusherClient; const Channel: string);
begin
  Pusher.WaitFor(Pusher.Subscribe(Channel));
end;

procedure WaitUntilQueued(Pusher: TPusherClient; Wanted: Cardinal);
var
  Metrics: Ppusher_metrics;
  Deadline: TDateTime;
  Found: UInt64;
begin
  Deadline := Now + PATIENCE_MS / MSecsPerDay;
  repeat
    Check(Now < Deadline, 'the events are there');
    ThreadSwitch;
    Check(pusher_client_metrics(Pusher.Handle, @Metrics) = PUSHER_OK, 'there are metrics');
    Found := pusher_metrics_totals(Metrics)^.queue_depth;
    pusher_metrics_free(Metrics);
  until Found >= Wanted;
end;

procedure MustRefuse(E: Exception; Status: Integer; const Words: string);
begin
  if not (E is EPusher) then
    Fail(E.ClassName + ': ' + E.Message);
  if EPusher(E).Status <> Status then
    Fail(EPusher(E).StatusName + ': ' + E.Message);
  Check((Words = '') or (Pos(Words, E.Message) > 0), '"' + Words + '" is in: ' + E.Message);
  CheckNoSecret(E.Message);
end;

{$IFDEF MSWINDOWS}
initialization
  // As PusherWS.pas asks of programs of Free Pascal: lists of strings hold bytes, which are to be UTF-8
  SetMultiByteConversionCodePage(CP_UTF8);
{$ENDIF}
end.
