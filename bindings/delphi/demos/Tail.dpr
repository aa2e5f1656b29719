// Tail: prints every event of some channels, one a line, until Enter or the end of the input.
//
//   Tail prices private-orders
//
// A console program that waits for its input: so events come on a thread of their own. See DemoSettings.pas for
// where it connects to.
program Tail;

{$IFDEF FPC}{$MODE DELPHI}{$ENDIF}
{$APPTYPE CONSOLE}

uses
{$IFDEF UNIX}
  cthreads, cwstring,
{$ENDIF}
{$IFDEF FPC}
  SysUtils,
{$ELSE}
  System.SysUtils,
{$ENDIF}
  PusherWS.Api in '..\PusherWS.Api.pas',
  PusherWS in '..\PusherWS.pas',
  DemoSettings in 'DemoSettings.pas';

type
  TPrinter = class
    procedure EventCame(Sender: TObject; const Event: TPusherEvent);
    procedure ErrorCame(Sender: TObject; Code: Integer; const Text: string);
  end;

// Bound to all events of all channels, those that the library itself tells included
procedure TPrinter.EventCame(Sender: TObject; const Event: TPusherEvent);
begin
  if (Event.Channel = '') or (Event.Kind = PUSHER_EVENT_COMPLETED) then
    Exit;
  Write(FormatDateTime('hh:nn:ss', Now), '  ', Event.Channel, '  ', Event.Name, '  ');
  if Event.UserId <> '' then // a member, or who published a client event
    Write(Event.UserId, '  ');
  WriteLn(StringReplace(Event.Data, #10, ' ', [rfReplaceAll]));
  Flush(Output);
end;

procedure TPrinter.ErrorCame(Sender: TObject; Code: Integer; const Text: string);
begin
  WriteLn(ErrOutput, Text, ' (', Code, ')'); // such as a lost connection, which is made anew
end;

var
  Printer: TPrinter;
  Pusher: TPusherClient;
  I: Integer;

begin
  if ParamCount = 0 then
  begin
    WriteLn(ErrOutput, 'usage: Tail channel...');
    Halt(2);
  end;
{$IFDEF FPC}
  SetMultiByteConversionCodePage(CP_UTF8);
{$ENDIF}
  Printer := TPrinter.Create;
  Pusher := TPusherClient.Create(nil);
  try
    try
      TakeSettings(Pusher);
      Pusher.UserId := 'tail'; // for presence channels
      Pusher.DeliverOn := dmThread;
      Pusher.OnPusherError := Printer.ErrorCame;
      Pusher.Bind('', '', Printer.EventCame);
      Pusher.Connect;
      // Nothing waits here: what becomes of it all comes as events
      for I := 1 to ParamCount do
        Pusher.Subscribe(ParamStr(I));
      ReadLn;
      Pusher.Close;
    except
      on E: Exception do
      begin
        WriteLn(ErrOutput, E.Message);
        ExitCode := 1;
      end;
    end;
  finally
    Pusher.Free;
    Printer.Free;
  end;
end.
