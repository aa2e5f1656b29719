// TPusherClient can be closed and destroyed anywhere: in handlers, while it is waited for, in a flood.
program ending;

{$H+}
{$MACRO ON}
{$IFDEF FPC_OBJFPC}{$DEFINE method:=@}{$ELSE}{$DEFINE method:=}{$ENDIF}

uses
  {$IFDEF UNIX}cthreads, cwstring,{$ENDIF} Classes, SysUtils, PusherWS, PusherWS.Api, PusherTesting, Doers;

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

begin
  LoadPusherWS(GetEnvironmentVariable('PUSHERWS_LIBRARY'));
  StartServer;
  Test('destroyed_in_its_own_handler', @destroyed_in_its_own_handler);
  Test('destroyed_while_it_is_waited_for', @destroyed_while_it_is_waited_for);
  Test('ended_while_the_http_api_is_waited_for', @ended_while_the_http_api_is_waited_for);
  Test('nothing_queued_outlives_the_component', @nothing_queued_outlives_the_component);
  Test('destroyed_in_the_handler_of_another', @destroyed_in_the_handler_of_another);
  Test('destroyed_in_a_flood', @destroyed_in_a_flood);
  Test('a_thousand_are_made_and_destroyed', @a_thousand_are_made_and_destroyed);
  StopServer;
end.
