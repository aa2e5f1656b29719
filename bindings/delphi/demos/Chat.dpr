// Chat: talks with all who are in the same room, one line for each thing said; ends with an empty line or the end of
// the input.
//
//   Chat ann lobby
//
// A console program that delivers events itself, on its only thread of importance. The application has to allow
// client events. See DemoSettings.pas for where it connects to.
program Chat;

{$IFDEF FPC}{$MODE DELPHI}{$ENDIF}
{$APPTYPE CONSOLE}

uses
{$IFDEF UNIX}
  cthreads, cwstring,
{$ENDIF}
{$IFDEF FPC}
  Classes, SysUtils, SyncObjs,
{$ELSE}
  System.Classes, System.SysUtils, System.SyncObjs,
{$ENDIF}
  PusherWS.Api in '..\PusherWS.Api.pas',
  PusherWS in '..\PusherWS.pas',
  DemoSettings in 'DemoSettings.pas',
  ChatRoom in 'ChatRoom.pas';

type
  // Reads lines, so that the main thread need not wait for them
  TReader = class(TThread)
  private
    FLock: TCriticalSection;
    FLines: TStringList;
  protected
    procedure Execute; override;
  public
    constructor Create;
    destructor Destroy; override;
    // The next line, if there is one; else Line stays as it is
    function Take(var Line: string): Boolean;
  end;

  TScreen = class
    procedure Show(Sender: TObject; const Line: string);
    procedure ShowMembers(Sender: TObject);
  end;

constructor TReader.Create;
begin
  FLock := TCriticalSection.Create;
  FLines := TStringList.Create;
  inherited Create(False);
end;

destructor TReader.Destroy;
begin
  inherited;
  FLines.Free;
  FLock.Free;
end;

procedure TReader.Execute;
var
  Line: string;
begin
  repeat
    Line := '';
    if not Eof then
      ReadLn(Line);
    FLock.Enter;
    try
      FLines.Add(Line);
    finally
      FLock.Leave;
    end;
  until Line = '';
end;

function TReader.Take(var Line: string): Boolean;
begin
  FLock.Enter;
  try
    Result := FLines.Count > 0;
    if Result then
    begin
      Line := FLines[0];
      FLines.Delete(0);
    end;
  finally
    FLock.Leave;
  end;
end;

procedure TScreen.Show(Sender: TObject; const Line: string);
begin
  WriteLn(Line);
  Flush(Output);
end;

procedure TScreen.ShowMembers(Sender: TObject);
var
  Names: TStringList;
begin
  Names := TStringList.Create;
  try
    (Sender as TChatRoom).GetMembers(Names);
    Show(Sender, 'Here are: ' + Names.CommaText);
  finally
    Names.Free;
  end;
end;

procedure Talk(Room: TChatRoom; Reader: TReader);
var
  Line: string;
begin
  repeat
    Line := ' ';
    if Reader.Take(Line) and (Line <> '') then
      Room.Say(Line);
    Room.Pusher.ProcessEvents(100);
  until Line = '';
end;

var
  Screen: TScreen;
  Room: TChatRoom;
  Reader: TReader;

begin
  if ParamCount <> 2 then
  begin
    WriteLn(ErrOutput, 'usage: Chat name room');
    Halt(2);
  end;
{$IFDEF FPC}
  SetMultiByteConversionCodePage(CP_UTF8);
{$ENDIF}
  Screen := TScreen.Create;
  Room := TChatRoom.Create(nil);
  Reader := nil;
  try
    try
      TakeSettings(Room.Pusher);
      Room.OnLine := Screen.Show;
      Room.OnMembers := Screen.ShowMembers;
      Room.Enter(ParamStr(2), ParamStr(1));
      Reader := TReader.Create;
      Talk(Room, Reader);
      Room.Leave;
    except
      on E: Exception do
      begin
        WriteLn(ErrOutput, E.Message);
        Halt(1); // the reader may be waiting for a line
      end;
    end;
  finally
    Reader.Free;
    Room.Free;
    Screen.Free;
  end;
end.
