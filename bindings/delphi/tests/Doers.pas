// A client whose handler does what it is told, for the tests of threads.pas and ending.pas. Free Pascal only.
unit Doers;

{$IFDEF PUSHERWS_UNICODE}{$MODE DELPHIUNICODE}{$ELSE}{$MODE DELPHI}{$ENDIF}

interface

uses
  Classes, SysUtils, PusherWS, PusherWS.Api, PusherTesting;

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

// Connected and subscribed to news
function NewDoer(Delivery: TPusherDelivery; Deed: TDeed): TDoer;
// To news, one or many
procedure Publish;
procedure Flood(Count: Integer);

implementation

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
        Pusher.Bind('news', 'e', Bound);
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
  Result.Pusher.OnPusherEvent := Result.EventCame;
  Result.Pusher.OnPusherException := Result.HandleException;
  Result.Pusher.WaitFor(Result.Pusher.Connect);
  SubscribeTo(Result.Pusher, 'news');
end;

procedure Publish;
begin
  Order('publish', '{"channel":"news","event":"e","data":"x"}');
end;

procedure Flood(Count: Integer);
begin
  Order('flood', '{"channel":"news","event":"e","data":"x","count":' + IntToStr(Count) + '}');
end;

end.
