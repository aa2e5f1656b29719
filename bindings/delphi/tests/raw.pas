// PusherWS.Api as a program in C would use it: callbacks on a thread of the library, and events that are asked for.
program raw;

{$H+}
{$MACRO ON}
{$IFDEF FPC_OBJFPC}{$DEFINE routine:=@}{$ELSE}{$DEFINE routine:=}{$ENDIF}

uses
  {$IFDEF UNIX}cthreads,{$ENDIF} SysUtils, PusherWS.Api, PusherTesting;

procedure Ok(Status: Integer);
var
  Why: array[0..511] of AnsiChar;
begin
  if Status = PUSHER_OK then
    Exit;
  pusher_last_error(Why, SizeOf(Why));
  Fail(StrPas(pusher_status_name(Status)) + ': ' + StrPas(Why));
end;

function Config: Ppusher_config;
begin
  Result := pusher_config_new(PAnsiChar(AnsiString(KEY)));
  Ok(pusher_config_set_host(Result, '127.0.0.1'));
  Ok(pusher_config_set_port(Result, ServerPort));
  Ok(pusher_config_set_tls(Result, 0));
  Ok(pusher_config_set_secret(Result, PAnsiChar(AnsiString(APP_SECRET))));
  Ok(pusher_config_set_proxy(Result, nil, nil));
end;

procedure Connect(Client: Ppusher_client);
var
  Request: pusher_request;
begin
  Ok(pusher_client_connect(Client, @Request));
  Ok(pusher_client_wait(Client, Request, PATIENCE_MS));
  Ok(pusher_client_subscribe(Client, 'news', nil, @Request));
  Ok(pusher_client_wait(Client, Request, PATIENCE_MS));
end;

var
  Calls, Drops, Wakes: Integer;
  Kept: Ppusher_event;

procedure EventCame(event: Ppusher_event; user_data: Pointer); cdecl;
begin
  // Not Check: nothing may be raised here
  if (user_data <> @Calls) or (event^.size < SizeOf(pusher_event)) or (event^.kind <> PUSHER_EVENT_MESSAGE)
    or (StrPas(event^.name) <> 'e') or (event^.name_len <> 1) or (StrPas(event^.data) <> 'x')
    or (event^.user_id <> nil) or (event^.client = nil) or (event^.retry_in_ms <> -1) then
    Halt(3);
  if Kept = nil then
    Kept := pusher_event_clone(event);
  InterlockedIncrement(Calls);
end;

procedure Dropped(user_data: Pointer); cdecl;
begin
  InterlockedIncrement(Drops);
end;

procedure Woken(user_data: Pointer); cdecl;
begin
  InterlockedIncrement(Wakes);
end;

procedure callbacks_on_a_foreign_thread;
var
  Settings: Ppusher_config;
  Client: Ppusher_client;
  Callback: pusher_callback;
begin
  FreshServer;
  Settings := Config;
  Ok(pusher_client_new(Settings, @Client));
  Ok(pusher_config_free(Settings));
  Callback.call := routine EventCame;
  Callback.drop := routine Dropped;
  Callback.user_data := @Calls;
  Ok(pusher_client_bind(Client, 'news', 'e', @Callback, nil));
  Connect(Client);
  Order('flood', '{"channel":"news","event":"e","data":"x","count":1000}');
  while InterlockedExchangeAdd(Calls, 0) < 1000 do
    ThreadSwitch;
  Ok(pusher_client_close(Client, 2000));
  Ok(pusher_client_free(Client));
  Check(Drops = 1, 'user_data was dropped once');
  CheckText('x', StrPas(Kept^.data));
  Ok(pusher_event_free(Kept));
  Check(pusher_client_free(Client) = PUSHER_ERR_HANDLE, 'a freed handle is an error, not a crash');
end;

procedure events_are_asked_for;
var
  Settings: Ppusher_config;
  Client: Ppusher_client;
  Queue: Ppusher_queue;
  Event: Ppusher_event;
  Events: Ppusher_events;
  Channels: Ppusher_channels;
  Wakeup: pusher_wakeup;
  I, Messages, Status: Integer;
  Descriptor: NativeInt;
begin
  FreshServer;
  Drops := 0;
  Ok(pusher_queue_new(@Queue));
  Settings := Config;
  Ok(pusher_config_set_shared_queue(Settings, Queue));
  Ok(pusher_client_new(Settings, @Client));
  Ok(pusher_config_free(Settings));
  Wakeup.call := routine Woken;
  Wakeup.drop := routine Dropped;
  Wakeup.user_data := nil;
  Ok(pusher_queue_set_wakeup(Queue, @Wakeup));
  Ok(pusher_queue_descriptor(Queue, @Descriptor));
  Check(Descriptor >= 0, 'there is a descriptor');
  Connect(Client);
  Check(Wakes > 0, 'it was told that there is something');
  Ok(pusher_client_channels(Client, @Channels));
  Check(pusher_channels_count(Channels) = 1, 'one channel is wanted');
  CheckText('news', StrPas(pusher_channels_name(Channels, 0)));
  Ok(pusher_channels_free(Channels));
  repeat
    Ok(pusher_queue_next(Queue, PATIENCE_MS, @Event));
    Check(event^.client = Client, 'it is the client''s');
    Status := event^.kind;
    Ok(pusher_event_free(Event));
  until Status = PUSHER_EVENT_SUBSCRIBED;
  Order('flood', '{"channel":"news","event":"e","data":"x","count":100}');
  Messages := 0;
  while Messages < 100 do
  begin
    Ok(pusher_queue_next_batch(Queue, 0, PATIENCE_MS, @Events));
    for I := 0 to Integer(pusher_events_count(Events)) - 1 do
      if pusher_events_at(Events, I)^.kind = PUSHER_EVENT_MESSAGE then
        Inc(Messages);
    Ok(pusher_events_free(Events));
  end;
  Ok(pusher_client_free(Client));
  Ok(pusher_queue_free(Queue));
  Check(Drops = 1, 'user_data was dropped once');
end;

begin
  LoadPusherWS(GetEnvironmentVariable('PUSHERWS_LIBRARY'));
  StartServer;
  Test('callbacks_on_a_foreign_thread', @callbacks_on_a_foreign_thread);
  Test('events_are_asked_for', @events_are_asked_for);
  StopServer;
end.
