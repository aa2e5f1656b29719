// On which threads TPusherClient calls handlers, and what exceptions in them do.
program threads;

{$H+}
{$MACRO ON}
{$IFDEF FPC_OBJFPC}{$DEFINE method:=@}{$ELSE}{$DEFINE method:=}{$ENDIF}

uses
  {$IFDEF UNIX}cthreads, cwstring,{$ENDIF} Classes, SysUtils, Math, PusherWS, PusherWS.Api, PusherTesting, Doers;

procedure handlers_run_where_they_should;
var
  Delivery: TPusherDelivery;
  Doer: TDoer;
  Main: Boolean;
begin
  FreshServer;
  for Delivery := Low(Delivery) to High(Delivery) do
  begin
    Doer := NewDoer(Delivery, dCount);
    Publish;
    Doer.Wait(1);
    Main := Doer.Thread = MainThreadID;
    Check(Main = (Delivery = dmMainThread), MODES[Delivery]);
    Doer.Pusher.Free;
    Doer.Free;
  end;
end;

procedure what_a_handler_may_wait_for;
const
  WAITED: array[TPusherDelivery] of string = ('waited', 'PUSHER_ERR_WOULD_DEADLOCK', 'PUSHER_ERR_WOULD_DEADLOCK');
  ASKED: array[TPusherDelivery] of string = ('{"occupied":true', '{"occupied":true', 'PUSHER_ERR_WOULD_DEADLOCK');
var
  Delivery: TPusherDelivery;
  Doer: TDoer;
begin
  FreshServer;
  for Delivery := Low(Delivery) to High(Delivery) do
  begin
    Doer := NewDoer(Delivery, dWait);
    Publish;
    Doer.Wait(1);
    CheckText(WAITED[Delivery], Doer.Answer);
    Doer.Deed := dAskApi;
    Publish;
    Doer.Wait(2);
    CheckText(ASKED[Delivery], Copy(Doer.Answer, 1, Length(ASKED[Delivery])));
    // Elsewhere it may wait in all of them.
    Doer.Pusher.WaitFor(Doer.Pusher.Ping);
    Doer.Pusher.GetChannels;
    Doer.Pusher.Free;
    Doer.Free;
  end;
end;

type
  TProcessor = class(TThread)
  private
    FPusher: TPusherClient;
    FAnswer: string;
  protected
    procedure Execute; override;
  end;

procedure TProcessor.Execute;
begin
  try
    FPusher.ProcessEvents(PATIENCE_MS);
  except
    on E: EPusher do
      FAnswer := E.StatusName + ' ' + E.Message;
  end;
end;

procedure console_programs_process_events;
var
  Doer: TDoer;
  Processor: TProcessor;
  Count: Integer;
begin
  FreshServer;
  Doer := NewDoer(dmMainThread, dCount);
  while Doer.Pusher.ProcessEvents > 0 do
    ;
  Check(Doer.Pusher.ProcessEvents(1) = 0, 'there is nothing');
  Publish;
  Publish;
  Count := 0;
  while Count < 2 do
    Inc(Count, Doer.Pusher.ProcessEvents(-1));
  Check(Doer.Calls = 2, 'both have come');
  Publish;
  Processor := TProcessor.Create(True);
  Processor.FPusher := Doer.Pusher;
  Processor.Start;
  Processor.WaitFor;
  Check(Pos('PUSHER_ERR_STATE', Processor.FAnswer) = 1, 'it is not for other threads: ' + Processor.FAnswer);
  Processor.Free;
  Doer.Wait(3);
  Check(Doer.Thread = MainThreadID, 'it came here');
  // Without windows and CheckSynchronize nothing piles up: one entry stays queued, and does no harm.
  CheckSynchronize;
  Doer.Pusher.Close;
  Doer.Pusher.DeliverOn := dmThread;
  Doer.Pusher.Connect;
  try
    Doer.Pusher.ProcessEvents;
    Fail('there is nothing to process');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_STATE, 'DeliverOn');
  end;
  Doer.Pusher.Free;
  Doer.Free;
end;

procedure events_go_on_while_a_handler_serves_the_main_thread;
var
  Doer: TDoer;
begin
  FreshServer;
  Doer := NewDoer(dmMainThread, dProcess);
  Publish;
  Doer.Wait(2);
  Doer.Pusher.Free;
  Doer.Free;
end;

procedure what_came_together_goes_on_while_a_handler_serves_the_main_thread;
var
  Doer: TDoer;
begin
  FreshServer;
  Doer := NewDoer(dmMainThread, dServe);
  while Doer.Pusher.ProcessEvents > 0 do
    ;
  Flood(2);
  WaitUntilQueued(Doer.Pusher, 2);
  Doer.Wait(2);
  // The same where ProcessEvents calls the handler, and CheckSynchronize is what serves
  Doer.Deed := dServe;
  Doer.Calls := 0;
  Flood(3);
  WaitUntilQueued(Doer.Pusher, 3);
  while Doer.Calls < 3 do
    Doer.Pusher.ProcessEvents(100);
  Doer.Pusher.Free;
  Doer.Free;
end;

procedure limits_of_time_hold_in_a_flood;
const
  MANY = 400;
var
  Doer: TDoer;
  Asked: Integer;
begin
  FreshServer;
  Doer := NewDoer(dmMainThread, dCount);
  while Doer.Pusher.ProcessEvents > 0 do
    ;
  Flood(MANY);
  WaitUntilQueued(Doer.Pusher, MANY);
  Asked := 0;
  while Doer.Calls < MANY do
  begin
    Doer.Pusher.ProcessEvents;
    Inc(Asked);
  end;
  Check(Asked < MANY, 'ProcessEvents delivers more than one');

  Doer.Deed := dWork;
  Doer.Calls := 0;
  Flood(MANY);
  WaitUntilQueued(Doer.Pusher, MANY);
  Doer.Pusher.ProcessEvents;
  Check(Doer.Calls < MANY, 'ProcessEvents returns when the slice is over');
  Order('faults', '{"fault":"ignore_pings"}');
  try
    Doer.Pusher.WaitFor(Doer.Pusher.Ping, WORK_MS);
    Fail('nobody answers');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_TIMEOUT, '');
  end;
  Check(Doer.Calls < MANY, 'WaitFor returns when its time is over');
  Doer.Pusher.Close(WORK_MS);
  Check(Doer.Calls < MANY, 'Close returns when its time is over');
  Doer.Pusher.Free;
  Doer.Free;
end;

procedure what_a_handler_binds_sees_the_next_event;
var
  Doer: TDoer;
begin
  FreshServer;
  Doer := NewDoer(dmMainThread, dBind);
  while Doer.Pusher.ProcessEvents > 0 do
    ;
  Flood(2);
  WaitUntilQueued(Doer.Pusher, 2);
  while Doer.Calls < 2 do
    Doer.Pusher.ProcessEvents(100);
  Doer.Pusher.ProcessEvents;
  Check(Doer.Calls = 3, 'the second one came to both');
  Doer.Pusher.Free;
  Doer.Free;
end;

// Exceptions --------------------------------------------------------------------------------------------------------

procedure exceptions_on_the_main_thread_are_raised;
var
  Doer: TDoer;
  Raised: Integer;
begin
  FreshServer;
  Doer := NewDoer(dmMainThread, dRaise);
  Doer.Pusher.OnPusherException := nil;
  Raised := 0;
  while Raised < 2 do
  begin
    Publish;
    try
      if Raised = 0 then
        while Doer.Pusher.ProcessEvents(PATIENCE_MS) > 0 do
          ;
      while Raised = 1 do
        CheckSynchronize(100);
    except
      on E: EConvertError do
        Inc(Raised);
    end;
  end;
  // All goes on as before.
  Doer.Deed := dCount;
  Publish;
  Doer.Wait(3);
  Doer.Pusher.Free;
  Doer.Free;
end;

procedure exceptions_go_to_the_application;
var
  Doer: TDoer;
  Delivery: TPusherDelivery;
begin
  FreshServer;
  for Delivery := Low(Delivery) to High(Delivery) do
  begin
    Doer := NewDoer(Delivery, dRaise);
    Doer.Pusher.OnPusherException := nil;
    ApplicationHandleException := method Doer.ApplicationException;
    try
      Publish;
      Doer.WaitForRaised('EConvertError raised on order');
      Check(Doer.RaisedOn = MainThreadID, 'the application hears of it on the main thread');
      Check(Doer.Calls = 1, 'it was called once');
      Doer.Deed := dCount;
      Publish;
      Doer.Wait(2);
      // One that is still queued when the component goes
      Doer.Deed := dRaise;
      if Delivery <> dmMainThread then
      begin
        Publish;
        while InterlockedExchangeAdd(Doer.Calls, 0) < 3 do
          ThreadSwitch;
      end;
      Doer.RaisedText := '';
      Doer.Pusher.Free;
      CheckSynchronize;
      CheckText('', Doer.RaisedText);
    finally
      ApplicationHandleException := nil;
    end;
    Doer.Free;
  end;
end;

procedure exceptions_go_to_their_own_event;
var
  Doer: TDoer;
  Delivery: TPusherDelivery;
begin
  FreshServer;
  for Delivery := Low(Delivery) to High(Delivery) do
  begin
    Doer := NewDoer(Delivery, dRaise);
    Publish;
    Doer.WaitForRaised('EConvertError raised on order');
    Check(Doer.RaisedOn = Doer.Thread, 'on the handler''s own thread');
    Doer.Pusher.Free;
    Doer.Free;
  end;
end;

procedure divisions_by_zero;
var
  Doer: TDoer;
  Delivery: TPusherDelivery;
  Before: Cardinal;
  Ann: TPusherClient;
  Zero: Double;
  Raised: Boolean;
begin
  FreshServer;
  Before := GetMXCSR;
  for Delivery := Low(Delivery) to High(Delivery) do
  begin
    Doer := NewDoer(Delivery, dDivide);
    Publish;
    Doer.WaitForRaised('EMathError');
    Doer.Pusher.Free;
    Doer.Free;
  end;
  // The library's own numbers may be as large as they like.
  Ann := NewPusher('ann');
  Ann.UserInfo := '{"large":1e999,"small":1e-999}';
  try
    Ann.WaitFor(Ann.Connect);
    Ann.WaitFor(Ann.Subscribe('room', pscPresenceChannel));
  except
    on E: EPusher do
      ; // JSON that it does not like is its business
  end;
  Ann.Free;
  Check((GetMXCSR and $1F80) = (Before and $1F80), 'the masks are as before');
  Zero := 0;
  Raised := False;
  try
    Zero := 1 / Zero;
  except
    on E: EMathError do
      Raised := True;
  end;
  Check(Raised and (Zero = 0), 'a division by zero is an exception, as before');
end;

// Reference counts --------------------------------------------------------------------------------------------------

type
  TSharer = class
    Text: string;
    Wrong: Integer;
    Calls: Integer;
    procedure EventCame(Sender: TObject; const Event, Channel, Data: string);
    procedure Share;
  end;

procedure TSharer.Share;
var
  Copies: array[0..9] of string;
  I: Integer;
begin
  for I := 0 to High(Copies) do
    Copies[I] := Text;
  for I := 0 to High(Copies) do
    if Copies[I] <> 'a text that all threads share 1' then
      InterlockedIncrement(Wrong);
end;

procedure TSharer.EventCame(Sender: TObject; const Event, Channel, Data: string);
begin
  Share;
  if Data <> 'x' then
    InterlockedIncrement(Wrong);
  InterlockedIncrement(Calls);
end;

procedure strings_are_shared_by_threads;
const
  COUNT = 10000;
var
  Sharer: TSharer;
  Clients: array[0..2] of TPusherClient;
  I: Integer;
  Deadline: TDateTime;
begin
  FreshServer;
  Sharer := TSharer.Create;
  Sharer.Text := 'a text that all threads share ' + IntToStr(1); // not a constant, which has no count
  for I := 0 to High(Clients) do
  begin
    Clients[I] := NewPusher('ann');
    Clients[I].DeliverOn := TPusherDelivery(I);
    Clients[I].OnPusherEvent := method Sharer.EventCame;
    Clients[I].WaitFor(Clients[I].Connect);
    SubscribeTo(Clients[I], 'news');
  end;
  Order('flood', '{"channel":"news","event":"e","data":"x","count":' + IntToStr(COUNT) + '}');
  Deadline := Now + 3 * PATIENCE_MS / MSecsPerDay;
  while InterlockedExchangeAdd(Sharer.Calls, 0) < COUNT * Length(Clients) do
  begin
    Check(Now < Deadline, 'all events came');
    Sharer.Share;
    CheckSynchronize;
  end;
  Check(Sharer.Wrong = 0, 'no text was wrong');
  for I := 0 to High(Clients) do
    Clients[I].Free;
  Sharer.Free;
end;

begin
  LoadPusherWS(GetEnvironmentVariable('PUSHERWS_LIBRARY'));
  if ParamStr(1) = 'leak' then
  begin
    TObject.Create; // which scripts/test-pascal.sh has to find
    Exit;
  end;
  StartServer;
  Test('handlers_run_where_they_should', @handlers_run_where_they_should);
  Test('what_a_handler_may_wait_for', @what_a_handler_may_wait_for);
  Test('console_programs_process_events', @console_programs_process_events);
  Test('events_go_on_while_a_handler_serves_the_main_thread', @events_go_on_while_a_handler_serves_the_main_thread);
  Test('what_came_together_goes_on_while_a_handler_serves_the_main_thread',
    @what_came_together_goes_on_while_a_handler_serves_the_main_thread);
  Test('limits_of_time_hold_in_a_flood', @limits_of_time_hold_in_a_flood);
  Test('what_a_handler_binds_sees_the_next_event', @what_a_handler_binds_sees_the_next_event);
  Test('exceptions_on_the_main_thread_are_raised', @exceptions_on_the_main_thread_are_raised);
  Test('exceptions_go_to_the_application', @exceptions_go_to_the_application);
  Test('exceptions_go_to_their_own_event', @exceptions_go_to_their_own_event);
  Test('divisions_by_zero', @divisions_by_zero);
  Test('strings_are_shared_by_threads', @strings_are_shared_by_threads);
  StopServer;
end.
