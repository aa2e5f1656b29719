// One room of a chat: a presence channel, whose members talk by client events. It shows nothing: programs with windows
// and without them tell it what to call. All of it happens on the main thread, so there is nothing to lock.
unit ChatRoom;

{$IFDEF FPC}{$MODE DELPHI}{$ENDIF}

interface

uses
{$IFDEF FPC}
  Classes, SysUtils,
{$ELSE}
  System.Classes, System.SysUtils,
{$ENDIF}
  PusherWS;

type
  TChatRoom = class(TComponent)
  private
    FPusher: TPusherClient;
    FChannel: string;
    FOnLine: TPusherTextEvent;
    FOnMembers: TNotifyEvent;
    procedure Entered(Sender: TObject; const Channel, Data: string);
    procedure MemberCame(Sender: TObject; const Channel, UserId, UserInfo: string);
    procedure MemberWent(Sender: TObject; const Channel, UserId, UserInfo: string);
    procedure Said(Sender: TObject; const Event: TPusherEvent);
    procedure StateChanged(Sender: TObject; Previous, Current: TPusherState);
    procedure ErrorCame(Sender: TObject; Code: Integer; const Text: string);
    procedure Tell(const Line: string);
    procedure TellMembers;
  public
    constructor Create(AOwner: TComponent); override;
    // The client's options have to be set before
    procedure Enter(const Room, Nick: string);
    procedure Say(const Text: string);
    // Polite: so that the others see at once who has gone
    procedure Leave;
    procedure GetMembers(Names: TStrings);
    property Pusher: TPusherClient read FPusher;
    property OnLine: TPusherTextEvent read FOnLine write FOnLine;
    property OnMembers: TNotifyEvent read FOnMembers write FOnMembers;
  end;

implementation

constructor TChatRoom.Create(AOwner: TComponent);
begin
  inherited;
  FPusher := TPusherClient.Create(Self);
  FPusher.OnPusherSubscribe := Entered;
  FPusher.OnPusherMemberAdded := MemberCame;
  FPusher.OnPusherMemberRemoved := MemberWent;
  FPusher.OnPusherStateChange := StateChanged;
  FPusher.OnPusherError := ErrorCame;
end;

procedure TChatRoom.Enter(const Room, Nick: string);
begin
  FPusher.UserId := Nick;
  FChannel := PusherChannelName(pscPresenceChannel, Room);
  FPusher.Bind(FChannel, 'client-said', Said);
  FPusher.Connect;
  FPusher.Subscribe(FChannel); // waits by itself until there is a connection
end;

// Text is sent as it is, and so needs no JSON: the library makes a JSON string of it
procedure TChatRoom.Say(const Text: string);
begin
  FPusher.Publish('said', FChannel, Text);
  Tell(FPusher.UserId + ': ' + Text); // who publishes does not receive it
end;

procedure TChatRoom.Leave;
begin
  FPusher.Close;
end;

procedure TChatRoom.GetMembers(Names: TStrings);
var
  Members: TPusherMemberArray;
  I: Integer;
begin
  Names.Clear;
  if FPusher.ChannelState[FChannel] <> csSubscribed then
    Exit;
  Members := FPusher.Members[FChannel];
  for I := 0 to High(Members) do
    Names.Add(Members[I].UserId);
end;

// Also after a reconnect: then the members may be others
procedure TChatRoom.Entered(Sender: TObject; const Channel, Data: string);
begin
  Tell('You are in.');
  TellMembers;
end;

procedure TChatRoom.MemberCame(Sender: TObject; const Channel, UserId, UserInfo: string);
begin
  Tell(UserId + ' has come.');
  TellMembers;
end;

procedure TChatRoom.MemberWent(Sender: TObject; const Channel, UserId, UserInfo: string);
begin
  Tell(UserId + ' has gone.');
  TellMembers;
end;

procedure TChatRoom.Said(Sender: TObject; const Event: TPusherEvent);
begin
  // The server says who it was; what a client says of itself proves nothing
  Tell(Event.UserId + ': ' + Event.Data);
end;

procedure TChatRoom.StateChanged(Sender: TObject; Previous, Current: TPusherState);
begin
  if (Previous = psConnected) and (Current <> psDisconnected) then
    Tell('The connection is lost.');
end;

procedure TChatRoom.ErrorCame(Sender: TObject; Code: Integer; const Text: string);
begin
  Tell('Error: ' + Text);
end;

procedure TChatRoom.Tell(const Line: string);
begin
  if Assigned(FOnLine) then
    FOnLine(Self, Line);
end;

procedure TChatRoom.TellMembers;
begin
  if Assigned(FOnMembers) then
    FOnMembers(Self);
end;

end.
