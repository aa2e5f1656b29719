// The chat with a window, for Delphi (VCL). PusherChat.lpr is the same for Lazarus.
program PusherChat;

uses
  Vcl.Forms,
  PusherWS.Api in '..\..\PusherWS.Api.pas',
  PusherWS in '..\..\PusherWS.pas',
  ChatRoom in '..\ChatRoom.pas',
  MainForm in 'MainForm.pas' {ChatForm};

begin
  Application.Initialize;
  Application.MainFormOnTaskbar := True;
  Application.CreateForm(TChatForm, ChatForm);
  Application.Run;
end.
