// A program with a window, for Windows: its events come on the thread of its message loop. With the raw API, the
// wake-up posts a message; with the component, TThread.Queue does, as it does in VCL and LCL.
program window;

{$H+}
{$MACRO ON}
{$IFDEF FPC_OBJFPC}{$DEFINE routine:=@}{$ELSE}{$DEFINE routine:=}{$ENDIF}

uses
  Windows, Classes, SysUtils, PusherWS, PusherWS.Api, PusherTesting;

const
  WM_PUSHER = $8001; // WM_APP + 1
  WM_QUEUED = $8002;
  EVENTS = 300;

type
  TPublisher = class(TThread)
  protected
    procedure Execute; override;
  end;

  TShower = class
    procedure Show(Sender: TObject; const Event, Channel, Data: string);
    procedure WakeMain(Sender: TObject);
  end;

var
  Handle, LabelHandle: HWND;
  Client: Ppusher_client;
  Next, Shown: Integer;

procedure Ok(Status: Integer);
var
  Why: array[0..511] of AnsiChar;
begin
  if Status = PUSHER_OK then
    Exit;
  pusher_last_error(Why, SizeOf(Why));
  Fail(StrPas(pusher_status_name(Status)) + ': ' + StrPas(Why));
end;

procedure TPublisher.Execute;
var
  I: Integer;
begin
  Order('wait', '{"channel":"news","subscriptions":2,"timeout_ms":15000}');
  for I := 0 to EVENTS - 1 do
    Order('publish', '{"channel":"news","event":"n","data":"' + IntToStr(I) + '"}');
end;

procedure FinishWhenAllCame;
begin
  if (Next = EVENTS) and (Shown = EVENTS) then
    PostQuitMessage(0);
end;

// Of the raw API
procedure EventCame(event: Ppusher_event; user_data: Pointer); cdecl;
begin
  // Not Check: nothing may be raised here
  if (GetCurrentThreadId <> MainThreadID) or (StrPas(event^.data) <> IntToStr(Next)) then
    Halt(3);
  Inc(Next);
  SetWindowTextA(LabelHandle, event^.data);
end;

procedure Woken(user_data: Pointer); cdecl;
begin
  PostMessage(Handle, WM_PUSHER, 0, 0);
end;

// Of the component
procedure TShower.Show(Sender: TObject; const Event, Channel, Data: string);
begin
  Check(GetCurrentThreadId = MainThreadID, 'the event is told on the main thread');
  CheckText(IntToStr(Shown), Data);
  Inc(Shown);
end;

procedure TShower.WakeMain(Sender: TObject);
begin
  PostMessage(Handle, WM_QUEUED, 0, 0);
end;

function WindowProcedure(Window: HWND; Message: UINT; W: WPARAM; L: LPARAM): LRESULT; stdcall;
begin
  Result := 0;
  case Message of
    WM_PUSHER:
      begin
        if pusher_client_dispatch(Client, 20, 0, nil) = PUSHER_OK then
          PostMessage(Window, WM_PUSHER, 0, 0);
        FinishWhenAllCame;
      end;
    WM_QUEUED:
      begin
        CheckSynchronize;
        FinishWhenAllCame;
      end;
  else
    Result := DefWindowProc(Window, Message, W, L);
  end;
end;

procedure MakeWindow;
var
  Kind: TWndClassA;
begin
  FillChar(Kind, SizeOf(Kind), 0);
  Kind.lpfnWndProc := routine WindowProcedure;
  Kind.hInstance := HInstance;
  Kind.lpszClassName := 'pusherws';
  Check(RegisterClassA(Kind) <> 0, 'the class of windows is registered');
  Handle := CreateWindowA('pusherws', 'pusherws', WS_OVERLAPPEDWINDOW or WS_VISIBLE, 50, 50, 300, 200, 0, 0, HInstance, nil);
  Check(Handle <> 0, 'there is a window');
  LabelHandle := CreateWindowA('STATIC', '', WS_CHILD or WS_VISIBLE, 10, 10, 200, 30, Handle, 0, HInstance, nil);
  Check(LabelHandle <> 0, 'there is a label');
end;

procedure events_come_on_the_thread_of_the_window;
var
  Settings: Ppusher_config;
  Callback: pusher_callback;
  Wakeup: pusher_wakeup;
  Pusher: TPusherClient;
  Shower: TShower;
  Publisher: TPublisher;
  Message: TMsg;
  Text: array[0..31] of AnsiChar;
begin
  FreshServer;
  MakeWindow;
  Shower := TShower.Create;
  WakeMainThread := routine Shower.WakeMain;

  Settings := pusher_config_new(PAnsiChar(AnsiString(KEY)));
  Ok(pusher_config_set_host(Settings, '127.0.0.1'));
  Ok(pusher_config_set_port(Settings, ServerPort));
  Ok(pusher_config_set_tls(Settings, 0));
  Ok(pusher_config_set_delivery(Settings, PUSHER_DELIVER_POLL));
  Ok(pusher_client_new(Settings, @Client));
  Ok(pusher_config_free(Settings));
  Wakeup.call := routine Woken;
  Wakeup.drop := nil;
  Wakeup.user_data := nil;
  Ok(pusher_client_set_wakeup(Client, @Wakeup));
  Callback.call := routine EventCame;
  Callback.drop := nil;
  Callback.user_data := nil;
  Ok(pusher_client_bind(Client, 'news', 'n', @Callback, nil));
  Ok(pusher_client_subscribe(Client, 'news', nil, nil));
  Ok(pusher_client_connect(Client, nil));

  Pusher := NewPusher('');
  Pusher.OnPusherEvent := routine Shower.Show;
  Pusher.Subscribe('news');
  Pusher.Connect;

  Publisher := TPublisher.Create(False);
  while GetMessage(@Message, 0, 0, 0) do
  begin
    TranslateMessage(Message);
    DispatchMessage(Message);
  end;
  Publisher.WaitFor;
  Publisher.Free;
  Check(Next = EVENTS, 'all events came by the raw API');
  Check(Shown = EVENTS, 'all events came by the component');
  GetWindowTextA(LabelHandle, Text, SizeOf(Text));
  CheckText(IntToStr(EVENTS - 1), StrPas(Text));
  Pusher.Free;
  Ok(pusher_client_free(Client));
  WakeMainThread := nil;
  Shower.Free;
  DestroyWindow(Handle);
end;

begin
  LoadPusherWS(GetEnvironmentVariable('PUSHERWS_LIBRARY'));
  StartServer;
  Test('events_come_on_the_thread_of_the_window', @events_come_on_the_thread_of_the_window);
  StopServer;
end.
