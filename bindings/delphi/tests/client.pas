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
  Test('reconnects_and_tells_the_gap', @reconnects_and_tells_the_gap);
  Test('a_server_that_is_not_there', @a_server_that_is_not_there);
  Test('binding', @binding);
  Test('counts_of_subscriptions', @counts_of_subscriptions);
  Test('a_slow_program_is_told_what_was_dropped', @a_slow_program_is_told_what_was_dropped);
  Test('the_raw_functions_are_within_reach', @the_raw_functions_are_within_reach);
  StopServer;
end.
