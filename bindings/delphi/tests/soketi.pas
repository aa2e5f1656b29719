// TPusherClient against soketi, a server that nobody of this project wrote. PUSHERWS_SOKETI is where
// scripts/install-soketi.sh has installed it.
program soketi;

{$H+}
{$MACRO ON}
{$IFDEF FPC_OBJFPC}{$DEFINE method:=@}{$ELSE}{$DEFINE method:=}{$ENDIF}

uses
  {$IFDEF UNIX}cthreads, cwstring,{$ENDIF} Classes, SysUtils, Process, PusherWS, PusherWS.Api, PusherTesting;

const
  APP = '{"id":"app-id","key":"app-key","secret":"app-secret","enabled":true,"enableClientMessages":true,'
    + '"maxConnections":-1,"enableUserAuthentication":true,"maxBackendEventsPerSecond":-1,'
    + '"maxClientEventsPerSecond":-1,"maxReadRequestsPerSecond":-1,"webhooks":[]}';

var
  Server: TProcess;
  Port: Integer;

function StartOn(ServerPort: Integer): TProcess;
var
  Config: TStringList;
  Name: string;
begin
  Name := GetTempDir + 'pusherws-soketi-' + IntToStr(GetProcessID) + '.json';
  Config := TStringList.Create;
  try
    Config.Text := '{"host":"127.0.0.1","port":' + IntToStr(ServerPort) + ',"metrics.enabled":false,'
      + '"metrics.host":"127.0.0.1","metrics.port":' + IntToStr(FreePort) + ',"shutdownGracePeriod":200,'
      + '"cluster.address":"127.0.0.1","cluster.unicast":"127.0.0.1","cluster.port":' + IntToStr(FreePort) + ','
      + '"appManager.array.apps":[' + APP + ']}';
    Config.SaveToFile(Name);
  finally
    Config.Free;
  end;
  Result := StartProcess('node', ['tests/conformance/soketi/run.js', Name, GetEnvironmentVariable('PUSHERWS_SOKETI')],
    'up and running');
  DeleteFile(Name);
end;

procedure Start;
var
  Try_: Integer;
begin
  Check(FileExists(GetEnvironmentVariable('PUSHERWS_SOKETI') + '/installed'),
    'soketi is installed; run scripts/install-soketi.sh');
  // Between the choice of a port and its use another process can take it: so it is tried again.
  for Try_ := 1 to 5 do
  begin
    Port := FreePort;
    Server := StartOn(Port);
    if Server <> nil then
      Exit;
  end;
  Fail('soketi does not start');
end;

procedure Stop;
begin
  Server.CloseInput;
  Server.WaitOnExit;
  FreeAndNil(Server);
end;

function New(const User: string; Recorder: TRecorder): TPusherClient;
begin
  Result := NewPusher(User);
  Result.Port := Port;
  Result.EncryptionMasterKey := MASTER_KEY;
  if Recorder <> nil then
    Recorder.Attach(Result);
  Result.WaitFor(Result.Connect);
end;

procedure the_main_job;
var
  OfAnn, OfBen: TRecorder;
  Ann, Ben: TPusherClient;
begin
  OfAnn := TRecorder.Create;
  OfBen := TRecorder.Create;
  Ann := New('ann', OfAnn);
  Ben := New('ben', OfBen);
  SubscribeTo(Ann, 'news');
  SubscribeTo(Ann, 'private-orders');
  SubscribeTo(Ann, 'presence-room');
  SubscribeTo(Ben, 'presence-room');
  OfAnn.Wait('added presence-room ben {"name":"BEN"}');
  Check(Length(Ann.Members['presence-room']) = 2, 'there are two');
  Ben.Publish('client-hello', 'presence-room', '{"text":"h'#$C3#$A9'"}');
  OfAnn.Wait('event client-hello presence-room {"text":"h'#$C3#$A9'"}');
  Ann.TriggerEvent('headline', ['news', 'private-orders'], '{"n":1}');
  OfAnn.Wait('event headline news {"n":1}');
  OfAnn.Wait('event headline private-orders {"n":1}');
  Ann.TriggerBatchEvents([PusherBatchEvent('news', 'last', '{"n":2}')]);
  OfAnn.Wait('event last news {"n":2}');
  Ann.WaitFor(Ann.Ping);
  Ben.Free;
  OfAnn.Wait('removed presence-room ben');
  Ann.Free;
  OfAnn.Free;
  OfBen.Free;
end;

procedure encrypted_channels;
var
  Seen: TRecorder;
  Ann: TPusherClient;
begin
  Seen := TRecorder.Create;
  Ann := New('ann', Seen);
  SubscribeTo(Ann, 'private-encrypted-room');
  Ann.TriggerEvent('secret', 'private-encrypted-room', '{"n":1}');
  Seen.Wait('event secret private-encrypted-room {"n":1}');
  Ann.Free;
  Seen.Free;
end;

procedure the_http_api;
var
  Ann: TPusherClient;
begin
  Ann := New('ann', nil);
  SubscribeTo(Ann, 'presence-room');
  Check(Pos('presence-room', Ann.GetChannels('presence-')) > 0, 'the channel is listed');
  Check(Pos('"occupied":true', Ann.GetChannel('presence-room')) > 0, 'the channel is occupied');
  Check(Pos('"id":"ann"', Ann.GetUsers('presence-room')) > 0, 'ann is there');
  Ann.Free;
end;

procedure users;
var
  Seen: TRecorder;
  Ann: TPusherClient;
begin
  Seen := TRecorder.Create;
  Ann := New('ann', Seen);
  Ann.WaitFor(Ann.SignIn);
  Seen.Wait('sign in ann ');
  Ann.SendToUser('ann', 'hello', '{"n":1}');
  Seen.Wait('event hello #server-to-user-ann {"n":1}');
  Ann.TerminateUserConnections('ann');
  Seen.Wait('disconnect 4009');
  Ann.Free;
  Seen.Free;
end;

// With another one on the same port, which may take a moment to be had again
procedure reconnects;
var
  Seen: TRecorder;
  Ann: TPusherClient;
  Try_: Integer;
begin
  Seen := TRecorder.Create;
  Ann := New('ann', Seen);
  SubscribeTo(Ann, 'private-orders');
  Stop;
  Seen.Wait('disconnect ');
  for Try_ := 1 to 5 do
    if Server = nil then
      Server := StartOn(Port);
  Check(Server <> nil, 'soketi starts again');
  Seen.Wait('subscribe private-orders', 2);
  Seen.Wait('gap private-orders');
  Ann.TriggerEvent('e', 'private-orders', 'again');
  Seen.Wait('event e private-orders again');
  Ann.Free;
  Seen.Free;
end;

begin
  LoadPusherWS(GetEnvironmentVariable('PUSHERWS_LIBRARY'));
  Start;
  Test('the_main_job', @the_main_job);
  Test('encrypted_channels', @encrypted_channels);
  Test('the_http_api', @the_http_api);
  Test('users', @users);
  Test('reconnects', @reconnects);
  Stop;
end.
