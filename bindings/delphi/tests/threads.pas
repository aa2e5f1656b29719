// On which threads TPusherClient calls handlers, what exceptions in them do, and that it can be destroyed anywhere.
program threads;

{$H+}
{$MACRO ON}
{$IFDEF FPC_OBJFPC}{$DEFINE method:=@}{$ELSE}{$DEFINE method:=}{$ENDIF}

uses
  {$IFDEF UNIX}cthreads, cwstring,{$ENDIF} Classes, SysUtils, Math, PusherWS, PusherWS.Api, PusherTesting;

type
  // What handlers are told to do when an event comes
  TDeed = (dCount, dRaise, dDestroy, dClose, dDestroyAfterRaise, dWait, dAskApi, dProcess, dServe, dWork, dBind,
    dDestroyOther, dDivide);

  TDoer = class
    Deed: TDeed;
    Pusher: TPusherClient;
    Other: TDoer;
    Calls: Integer;
    Request: TPusherRequest;
    Answer: string;
    Thread: TThreadID;
    RaisedText: string;
    RaisedOn: TThreadID;
    Zero: Double;
    procedure EventCame(Sender: TObject; const Event, Channel, Data: string);
    procedure Bound(Sender: TObject; const Event: TPusherEvent);
    procedure StateChanged(Sender: TObject; Previous, Current: TPusherState);
    procedure Connected(Sender: TObject; const SocketId: string; Timeout: Integer);
    procedure HandleException(Sender: TObject; E: Exception);
    procedure ApplicationException(Sender: TObject);
    procedure DoIt;
    // Serves the main thread until there were so many calls
    procedure Wait(Wanted: Integer);
    procedure WaitForRaised(const Words: string);
  end;

const
  // How long a handler works that has much to do
  WORK_MS = 5;
  MODES: array[TPusherDelivery] of string = ('the main thread', 'its own thread', 'the network''s thread');

procedure TDoer.EventCame(Sender: TObject; const Event, Channel, Data: string);
begin
  DoIt;
end;

procedure TDoer.Bound(Sender: TObject; const Event: TPusherEvent);
begin
  DoIt;
end;

procedure TDoer.StateChanged(Sender: TObject; Previous, Current: TPusherState);
begin
  if Current = psConnected then
    DoIt;
end;

procedure TDoer.Connected(Sender: TObject; const SocketId: string; Timeout: Integer);
begin
  Fail('called after the component was destroyed');
end;

procedure TDoer.HandleException(Sender: TObject; E: Exception);
begin
  RaisedOn := GetCurrentThreadId;
  // Which it is, Free Pascal does not always tell: where the x87 has rounded something before, it takes a division by
  // zero for another invalid operation
  if E is EMathError then
    RaisedText := 'EMathError'
  else
    RaisedText := E.ClassName + ' ' + E.Message;
end;

procedure TDoer.ApplicationException(Sender: TObject);
begin
  HandleException(Sender, Exception(ExceptObject));
end;

procedure TDoer.DoIt;
var
  Late: TDateTime;
begin
  Thread := GetCurrentThreadId;
  case Deed of
    dRaise:
      begin
        InterlockedIncrement(Calls);
        raise EConvertError.Create('raised on order');
      end;
    dDestroy:
      Pusher.Free;
    dClose:
      Pusher.Close;
    dDestroyAfterRaise:
      try
        raise EConvertError.Create('raised on order');
      except
        Pusher.Free;
      end;
    dWait:
      try
        Pusher.WaitFor(Pusher.Ping);
        Answer := 'waited';
      except
        on E: EPusher do
          Answer := E.StatusName;
      end;
    dAskApi:
      try
        Answer := Pusher.GetChannel('news');
      except
        on E: EPusher do
          Answer := E.StatusName;
      end;
    dProcess:
      begin
        // As a dialog does, which is shown by a handler and serves the main thread
        Deed := dCount;
        Order('publish', '{"channel":"news","event":"e","data":"second"}');
        Wait(1);
      end;
    dServe:
      begin
        // As above, with one that has come together with this one
        Deed := dCount;
        Wait(1);
      end;
    dWork:
      begin
        Late := Now + WORK_MS / MSecsPerDay;
        while Now < Late do
          ;
      end;
    dBind:
      begin
        Deed := dCount;
        Pusher.Bind('news', 'e', method Bound);
      end;
    dDestroyOther:
      FreeAndNil(Other.Pusher);
    dDivide:
      begin
        Answer := FloatToStr(1 / Zero);
        Fail('a division by zero is an exception, also on this thread');
      end;
  end;
  InterlockedIncrement(Calls);
end;

procedure TDoer.Wait(Wanted: Integer);
var
  Deadline: TDateTime;
begin
  Deadline := Now + PATIENCE_MS / MSecsPerDay;
  while InterlockedExchangeAdd(Calls, 0) < Wanted do
  begin
    Check(Now < Deadline, IntToStr(Wanted) + ' calls came');
    CheckSynchronize(5);
  end;
end;

procedure TDoer.WaitForRaised(const Words: string);
var
  Deadline: TDateTime;
begin
  Deadline := Now + PATIENCE_MS / MSecsPerDay;
  while Pos(Words, RaisedText) = 0 do
  begin
    Check(Now < Deadline, '"' + Words + '" was raised; what was: ' + RaisedText);
    CheckSynchronize(5);
  end;
end;

function NewDoer(Delivery: TPusherDelivery; Deed: TDeed): TDoer;
begin
  Result := TDoer.Create;
  Result.Deed := Deed;
  Result.Pusher := NewPusher('ann');
  Result.Pusher.DeliverOn := Delivery;
  Result.Pusher.OnPusherEvent := method Result.EventCame;
  Result.Pusher.OnPusherException := method Result.HandleException;
  Result.Pusher.WaitFor(Result.Pusher.Connect);
  SubscribeTo(Result.Pusher, 'news');
end;

procedure Publish;
begin
  Order('publish', '{"channel":"news","event":"e","data":"x"}');
end;

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

procedure Flood(Count: Integer);
begin
  Order('flood', '{"channel":"news","event":"e","data":"x","count":' + IntToStr(Count) + '}');
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

// Ends --------------------------------------------------------------------------------------------------------------

procedure destroyed_in_its_own_handler;
var
  Doer: TDoer;
  Delivery: TPusherDelivery;
  Deed: TDeed;
  Way: Integer;
begin
  FreshServer;
  for Delivery := Low(Delivery) to High(Delivery) do
    for Deed in [dDestroy, dClose, dDestroyAfterRaise] do
      for Way := 1 to 3 do
      begin
        Doer := NewDoer(Delivery, Deed);
        case Way of
          1:
            begin
              Doer.Pusher.GetChannels; // there is a client for the HTTP API, too
              Publish;
            end;
          2:
            begin
              Doer.Pusher.OnPusherEvent := nil;
              Doer.Pusher.Bind('news', 'e', method Doer.Bound);
              // The one behind it is not called any more.
              Doer.Pusher.Bind('news', 'e', method Doer.Bound);
              Publish;
            end;
          3:
            begin
              Doer.Pusher.OnPusherEvent := nil;
              Doer.Pusher.OnPusherStateChange := method Doer.StateChanged;
              Doer.Pusher.OnPusherConnect := method Doer.Connected;
              Order('close', '{"code":4200}');
            end;
        end;
        Doer.Wait(1);
        // More would be told to nobody.
        Publish;
        CheckSynchronize;
        // A Close on the main thread delivers what is left, here to the other one that is bound.
        if (Deed = dClose) and (Delivery = dmMainThread) and (Way = 2) then
          Check(Doer.Calls = 2, 'both were called')
        else
          Check(Doer.Calls = 1, 'it was called once');
        if Deed = dClose then
          Doer.Pusher.Free;
        Doer.Free;
      end;
end;

procedure destroyed_while_it_is_waited_for;
var
  Doer: TDoer;
begin
  FreshServer;
  Doer := NewDoer(dmMainThread, dDestroy);
  Order('faults', '{"fault":"ignore_subscribe"}');
  Publish;
  try
    SubscribeTo(Doer.Pusher, 'silence');
    Fail('it was subscribed, and not destroyed');
  except
    on E: EPusher do
      MustRefuse(E, PUSHER_ERR_CANCELLED, 'ended by a handler');
  end;
  Doer.Free;
end;

type
  // Asks the HTTP API on a thread of the program's own
  TAsker = class(TThread)
  private
    FPusher: TPusherClient;
    FAnswer: string;
  protected
    procedure Execute; override;
  end;

procedure TAsker.Execute;
begin
  try
    FAnswer := FPusher.GetChannel('news');
  except
    on E: EPusher do
      FAnswer := E.StatusName;
  end;
end;

// The HTTP API answers no more; and waits until it has been asked so often
function NoAnswers: string;
begin
  Result := Order('faults', '{"fault":"api_hang"}');
  Result := Copy(Result, Pos(':', Result) + 1, MaxInt);
  SetLength(Result, Pos('}', Result) - 1);
end;

procedure WaitUntilAsked(const Fault: string; Times: Integer);
begin
  Order('wait', '{"fault":' + Fault + ',"fired":' + IntToStr(Times) + ',"timeout_ms":' + IntToStr(PATIENCE_MS) + '}');
end;

procedure ended_while_the_http_api_is_waited_for;
var
  Doer: TDoer;
  Askers: array[0..2] of TAsker;
  I: Integer;
  Fault: string;
  Ann: TPusherClient;
begin
  FreshServer;
  // By a handler
  Doer := NewDoer(dmThread, dAskApi);
  Fault := NoAnswers;
  Publish;
  WaitUntilAsked(Fault, 1);
  Doer.Pusher.Free;
  CheckText('PUSHER_ERR_CANCELLED', Doer.Answer);
  Doer.Free;

  // By other threads, of which one is in the call, and the others wait for their turn
  Ann := NewPusher('ann');
  for I := 0 to High(Askers) do
  begin
    Askers[I] := TAsker.Create(True);
    Askers[I].FPusher := Ann;
    Askers[I].Start;
  end;
  WaitUntilAsked(Fault, 2);
  // One that asks only now begins anew, and is ended by the next.
  for I := 0 to High(Askers) do
    while not Askers[I].Finished do
    begin
      Ann.Close;
      ThreadSwitch;
    end;
  for I := 0 to High(Askers) do
  begin
    CheckText('PUSHER_ERR_CANCELLED', Askers[I].FAnswer);
    Askers[I].Free;
  end;
  Order('clear', '{}');
  // What comes later is answered as ever.
  Check(Pos('"occupied":false', Ann.GetChannel('news')) > 0, 'the channel is empty');
  Ann.Free;
end;

procedure nothing_queued_outlives_the_component;
var
  Doer: TDoer;
  Witness: TRecorder;
  Other: TPusherClient;
  Round: Integer;
begin
  FreshServer;
  Witness := TRecorder.Create;
  Other := NewPusher('witness');
  Other.DeliverOn := dmInline;
  Witness.Attach(Other);
  Other.WaitFor(Other.Connect);
  SubscribeTo(Other, 'news');
  for Round := 1 to 20 do
  begin
    Doer := NewDoer(dmMainThread, dCount);
    Publish;
    // The server has sent it to both; here it waits, or is about to.
    while Witness.Count('event ') < Round do
      ThreadSwitch;
    Doer.Pusher.Free;
    CheckSynchronize;
    Check(Doer.Calls = 0, 'nothing was called');
    Doer.Free;
  end;
  Other.Free;
  Witness.Free;
end;

procedure destroyed_in_the_handler_of_another;
var
  Doers: array[0..1] of TDoer;
  I, Round: Integer;
begin
  FreshServer;
  for Round := 1 to 10 do
  begin
    for I := 0 to 1 do
    begin
      Doers[I] := NewDoer(dmMainThread, dDestroyOther);
      while Doers[I].Pusher.ProcessEvents > 0 do
        ;
    end;
    Doers[0].Other := Doers[1];
    Doers[1].Other := Doers[0];
    Publish;
    for I := 0 to 1 do
      WaitUntilQueued(Doers[I].Pusher, 1);
    // Both are queued: whose turn comes first destroys the other one.
    while Doers[0].Calls + Doers[1].Calls = 0 do
      CheckSynchronize(5);
    CheckSynchronize;
    Check(Doers[0].Calls + Doers[1].Calls = 1, 'the other one was called no more');
    for I := 0 to 1 do
    begin
      Doers[I].Pusher.Free;
      Doers[I].Free;
    end;
  end;
end;

procedure destroyed_in_a_flood;
var
  Doer: TDoer;
  Delivery: TPusherDelivery;
  Round: Integer;
begin
  FreshServer;
  for Round := 1 to 3 do
    for Delivery := Low(Delivery) to High(Delivery) do
    begin
      Doer := NewDoer(Delivery, dCount);
      Doer.Pusher.Bind('*', '*', method Doer.Bound, [boPatterns]);
      Order('flood', '{"channel":"news","event":"e","data":"x","count":20000}');
      Doer.Wait(100);
      Doer.Pusher.Free;
      Doer.Free;
    end;
end;

procedure a_thousand_are_made_and_destroyed;
var
  Round: Integer;
  Seen: TRecorder;
  Ann: TPusherClient;
begin
  FreshServer;
  Seen := TRecorder.Create;
  for Round := 1 to 1000 do
  begin
    Ann := NewPusher('ann');
    Ann.DeliverOn := TPusherDelivery(Round mod 3);
    Seen.Attach(Ann);
    Ann.Bind('news', '', method Seen.Bound);
    Ann.Subscribe('news');
    Ann.Connect;
    // Some are connected by now, and some have told it; others are about to be
    if Round mod 10 = 0 then
      SubscribeTo(Ann, 'presence-room');
    if Round mod 20 = 0 then
      Ann.Close;
    Ann.Free;
    Seen.Forget;
  end;
  CheckSynchronize;
  Seen.Free;
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
  Test('destroyed_in_its_own_handler', @destroyed_in_its_own_handler);
  Test('destroyed_while_it_is_waited_for', @destroyed_while_it_is_waited_for);
  Test('ended_while_the_http_api_is_waited_for', @ended_while_the_http_api_is_waited_for);
  Test('nothing_queued_outlives_the_component', @nothing_queued_outlives_the_component);
  Test('destroyed_in_the_handler_of_another', @destroyed_in_the_handler_of_another);
  Test('destroyed_in_a_flood', @destroyed_in_a_flood);
  Test('a_thousand_are_made_and_destroyed', @a_thousand_are_made_and_destroyed);
  Test('strings_are_shared_by_threads', @strings_are_shared_by_threads);
  StopServer;
end.
