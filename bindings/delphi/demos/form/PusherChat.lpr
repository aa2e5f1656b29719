// The chat with a window, for Lazarus (LCL). PusherChat.dpr is the same for Delphi.
program PusherChat;

{$MODE DELPHI}

uses
{$IFDEF UNIX}
  cthreads, // first, so that there are threads
{$ENDIF}
  Interfaces, Forms, MainForm;

begin
  Application.Initialize;
  Application.CreateForm(TChatForm, ChatForm);
  Application.Run;
end.
